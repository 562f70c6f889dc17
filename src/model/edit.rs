//! A model with some of its numbers changed, and what of a model differs from the default.

use toml::{Table, Value};

use super::{file::ModelError, parameters::Model};

impl Model {
    /// The number under a key such as `pool.half_life_days`. Returns `None` if there is no such number.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<f64> {
        place(&mut Value::Table(self.table()), key)?.as_float()
    }

    /// The model with some numbers changed, each under its key.
    ///
    /// # Errors
    ///
    /// Every unknown key and every impossible value.
    pub fn with(&self, numbers: &[(&str, f64)]) -> Result<Self, ModelError> {
        let mut root = Value::Table(self.table());
        let mut faults = Vec::new();
        for &(key, number) in numbers {
            match place(&mut root, key) {
                Some(value @ Value::Float(_)) => *value = Value::Float(number),
                _ => faults.push(format!("{key}: unknown key")),
            }
        }
        if !faults.is_empty() {
            return Err(ModelError { faults });
        }
        let model: Self = root.try_into().map_err(|error| ModelError { faults: vec![format!("{error}")] })?;
        let faults = model.faults();
        if faults.is_empty() { Ok(model) } else { Err(ModelError { faults }) }
    }

    /// What differs from the default model, as a model file.
    #[must_use]
    pub fn changes(&self) -> String {
        difference(self.table(), &Self::default().table()).to_string()
    }

    fn table(&self) -> Table {
        Table::try_from(self).expect("a model is a table")
    }
}

fn place<'a>(root: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    key.split('.').try_fold(root, |value, part| value.get_mut(part))
}

/// What of `table` is not the same in `other`.
fn difference(table: Table, other: &Table) -> Table {
    let differs = |(key, value): (String, Value)| match (value, other.get(&key)) {
        (Value::Table(inner), Some(Value::Table(other))) => {
            let inner = difference(inner, other);
            (!inner.is_empty()).then_some((key, Value::Table(inner)))
        }
        (value, other) => (Some(&value) != other).then_some((key, value)),
    };
    table.into_iter().filter_map(differs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_changed_is_what_differs() {
        let model = Model::default();
        assert_eq!(model.changes(), "");
        let changed = model.with(&[("pool.half_life_days", 90.0), ("channels.timely.prior", 0.8)]).unwrap();
        assert_eq!(changed.number("channels.timely.prior"), Some(0.8));
        assert_eq!(changed.number("memory.slow_half_life_days"), model.number("memory.slow_half_life_days"));
        assert_eq!(Model::parse(&changed.changes()).unwrap(), changed);
        assert_eq!(changed.changes().matches('=').count(), 2, "{}", changed.changes());
    }

    #[test]
    fn impossible_changes_are_named() {
        let faults = |numbers: &[(&str, f64)]| Model::default().with(numbers).unwrap_err().faults;
        assert_eq!(faults(&[("pool.depth", 1.0), ("pool.enabled", 1.0), ("pool", 1.0)]).len(), 3);
        assert_eq!(faults(&[("pool.half_life_days", -1.0), ("channels.timely.prior", 1.0)]).len(), 2);
        assert_eq!(Model::default().number("pool.enabled"), None);
    }
}
