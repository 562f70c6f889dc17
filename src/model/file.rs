//! Reading a model file: laid over the defaults, and checked whole.

use std::fmt;

use toml::{Table, Value};

use super::{
    parameters::Model,
    tables::{ChannelModel, Lifetime},
};
use crate::observation::{Channel, Measure};

/// The default model with the reason for each number: what `rapport model` prints, and the reference of all keys.
pub const DEFAULT_FILE: &str = include_str!("default.toml");

/// The longest half-life, and other spans, in days: a hundred years.
const LONGEST_DAYS: f64 = 36_600.0;

/// What is wrong with a model file: every fault, with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelError {
    /// The faults, in the order of the file.
    pub faults: Vec<String>,
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the model has {} fault(s):", self.faults.len())?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n  - {fault}"))
    }
}

impl std::error::Error for ModelError {}

impl Default for Model {
    fn default() -> Self {
        Self::parse("").expect("the default model is checked by a test")
    }
}

impl Model {
    /// Reads a model file; keys it does not hold keep their defaults.
    ///
    /// # Errors
    ///
    /// Every unknown key, every value of the wrong type and every impossible value.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let one = |fault: String| ModelError { faults: vec![fault] };
        let given: Table = text.parse().map_err(|error| one(format!("not TOML: {error}")))?;
        let mut table: Table = DEFAULT_FILE.parse().map_err(|error| one(format!("default: {error}")))?;
        let mut faults = Vec::new();
        overlay(&mut table, given, "", &mut faults);
        if !faults.is_empty() {
            return Err(ModelError { faults });
        }
        let model: Self = table.try_into().map_err(|error| one(error.to_string()))?;
        let faults = model.faults();
        if faults.is_empty() { Ok(model) } else { Err(ModelError { faults }) }
    }

    /// Every impossible value.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut check = Check::default();
        self.check_requests(&mut check);
        self.check_values(&mut check);
        self.check_channels(&mut check);
        self.check_standing(&mut check);
        self.check_lifetime(&mut check);
        check.faults
    }

    fn check_requests(&self, check: &mut Check) {
        let kinds = &self.requests;
        for (name, usual) in [
            ("quote", &kinds.quote),
            ("order", &kinds.order),
            ("change", &kinds.change),
            ("information", &kinds.information),
            ("support", &kinds.support),
            ("complaint", &kinds.complaint),
            ("improvement", &kinds.improvement),
        ] {
            let hours = format!("requests.{name}.answer_within_hours");
            check.within(&hours, usual.answer_within_hours, 1.0 / 60.0, 24.0 * 3660.0);
            check.within(&format!("requests.{name}.lead_time_days"), usual.lead_time_days, 1.0 / 24.0, 3660.0);
        }
    }

    fn check_values(&self, check: &mut Check) {
        check.within("reply.lapse_after", self.reply.lapse_after, 1.01, 1000.0);
        check.within("reply.prompt_half_life", self.reply.prompt_half_life, 0.01, 100.0);
        check.within("reply.curve_shape", self.reply.curve_shape, 0.1, 10.0);
        check.within("reply.due_shape", self.reply.due_shape, 0.1, 20.0);
        check.within("delivery.curve_shape", self.delivery.curve_shape, 0.1, 20.0);
        let (substance, attitude) = (&self.substantive, &self.willingness);
        for (key, value) in [
            ("substantive.response", substance.response),
            ("substantive.refusal_with_alternative", substance.refusal_with_alternative),
            ("substantive.refusal_with_reason", substance.refusal_with_reason),
            ("substantive.bare_refusal", substance.bare_refusal),
            ("willingness.accepted", attitude.accepted),
            ("willingness.answered", attitude.answered),
            ("willingness.partial", attitude.partial),
            ("willingness.counter_offer", attitude.counter_offer),
            ("willingness.not_now", attitude.not_now),
            ("willingness.no_capacity", attitude.no_capacity),
            ("willingness.price", attitude.price),
            ("willingness.policy", attitude.policy),
            ("willingness.other", attitude.other),
            ("willingness.cannot_be_done", attitude.cannot_be_done),
            ("willingness.not_needed", attitude.not_needed),
            ("willingness.not_interested", attitude.not_interested),
            ("willingness.alternative_bonus", attitude.alternative_bonus),
            ("willingness.alternative_most", attitude.alternative_most),
            ("trust.announced_share", self.trust.announced_share),
            ("trust.consented_share", self.trust.consented_share),
            ("delivery.short_tolerated", self.delivery.short_tolerated),
            ("co_creation.adopted", self.co_creation.adopted),
            ("co_creation.kept", self.co_creation.kept),
            ("co_creation.declined", self.co_creation.declined),
            ("mirror.changed_after_acceptance", self.conduct.changed_after_acceptance),
        ] {
            check.within(key, value, 0.0, 1.0);
        }
        check.within("delivery.surplus_tolerated", self.delivery.surplus_tolerated, 0.0, 1_000_000.0);
        check.within("trust.broken_weight", self.trust.broken_weight, 1.0, 100.0);
        let late = self.conduct.payment_worthless_after_days;
        check.within("mirror.payment_worthless_after_days", late, 1.0 / 24.0, LONGEST_DAYS);
        let lenses = &self.lenses;
        check.within("lenses.exchange_half_life_days", lenses.exchange_half_life_days, 1.0, LONGEST_DAYS);
        check.within("lenses.potential_half_life_days", lenses.potential_half_life_days, 1.0, LONGEST_DAYS);
        check.within("lenses.advocacy_half_life_days", lenses.advocacy_half_life_days, 1.0, LONGEST_DAYS);
    }

    fn check_channels(&self, check: &mut Check) {
        let (pool, memory) = (&self.pool, &self.memory);
        check.within("usual.prior_weight", self.usual.prior_weight, 0.1, 10_000.0);
        check.within("pool.half_life_days", pool.half_life_days, 1.0, LONGEST_DAYS);
        check.within("pool.prior_weight", pool.prior_weight, 0.1, 10_000.0);
        check.within("memory.slow_half_life_days", memory.slow_half_life_days, 1.0, LONGEST_DAYS);
        check.within("memory.slow_prior_weight", memory.slow_prior_weight, 0.1, 10_000.0);
        check.within("memory.fast_half_life_days", memory.fast_half_life_days, 1.0, LONGEST_DAYS);
        check.within("memory.fast_prior_weight", memory.fast_prior_weight, 0.1, 10_000.0);
        for channel in Channel::ALL {
            let ChannelModel { prior, weight } = self.channel(channel);
            check.within(&format!("channels.{}.prior", channel.name()), prior, 0.01, 0.99);
            check.within(&format!("channels.{}.weight", channel.name()), weight, 0.0, 1_000_000.0);
        }
        for measure in Measure::ALL {
            if Channel::of(measure).map(|channel| self.channel(channel).weight).all(|weight| weight == 0.0) {
                let name = measure.name();
                check.faults.push(format!("channels: every weight of {name} is 0; at least one must count"));
            }
        }
    }

    fn check_standing(&self, check: &mut Check) {
        check.within("interval.z", self.interval.z, 0.1, 6.0);
        let bands = &self.standing;
        check.within("standing.evidence_needed", bands.evidence_needed, 0.0, 1_000_000.0);
        check.within("standing.preferred_from", bands.preferred_from, 0.0, 100.0);
        check.within("standing.reliable_from", bands.reliable_from, 0.0, 100.0);
        check.within("standing.at_risk_from", bands.at_risk_from, 0.0, 100.0);
        check.within("standing.strikes_to_cap", bands.strikes_to_cap, 1.0, 1_000.0);
        if !(bands.at_risk_from <= bands.reliable_from && bands.reliable_from <= bands.preferred_from) {
            check.faults.push("standing: at_risk_from, reliable_from and preferred_from must not descend".to_owned());
        }
    }

    fn check_lifetime(&self, check: &mut Check) {
        let Lifetime { r, alpha_weeks, a, b, strike_odds, horizon_years, dormant_below } = self.lifetime;
        check.within("lifetime.r", r, 0.001, 20.0);
        check.within("lifetime.alpha_weeks", alpha_weeks, 0.1, 10_000.0);
        check.within("lifetime.a", a, 0.05, 20.0);
        check.within("lifetime.b", b, 0.05, 1_000.0);
        check.within("lifetime.strike_odds", strike_odds, 1.0, 1_000.0);
        check.within("lifetime.horizon_years", horizon_years, 0.01, 10.0);
        check.within("lifetime.dormant_below", dormant_below, 0.0, 1.0);
        if a + b <= 1.0 {
            check.faults.push("lifetime: a and b must add up to more than 1".to_owned());
        }
    }
}

#[derive(Default)]
struct Check {
    faults: Vec<String>,
}

impl Check {
    fn within(&mut self, key: &str, value: f64, least: f64, most: f64) {
        if !(least..=most).contains(&value) {
            self.faults.push(format!("{key}: {value} is not within {least} and {most}"));
        }
    }
}

/// Lays `given` over `table`, which holds every key there is. Whole numbers stand for numbers.
fn overlay(table: &mut Table, given: Table, path: &str, faults: &mut Vec<String>) {
    for (key, value) in given {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (table.get_mut(&key), value) {
            (None, _) => faults.push(format!("{path}: unknown key")),
            (Some(Value::Table(inner)), Value::Table(value)) => overlay(inner, value, &path, faults),
            (Some(number @ Value::Float(_)), Value::Integer(value)) => *number = Value::Float(value as f64),
            (Some(here), value) if here.same_type(&value) => *here = value,
            (Some(wanted), value) => {
                faults.push(format!("{path}: is a {}, where a {} is wanted", value.type_str(), wanted.type_str()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModelVersion;

    #[test]
    fn the_default_is_valid_and_versioned_by_content() {
        let model = Model::parse("").unwrap();
        assert_eq!(model, Model::parse(DEFAULT_FILE).unwrap());
        assert_eq!(model.version(), Model::parse("# a comment\n[reply]\nlapse_after = 4").unwrap().version());
        assert_ne!(model.version(), Model::parse("[reply]\nlapse_after = 5").unwrap().version());
    }

    #[test]
    fn a_model_comes_back_from_its_content_to_the_last_digit() {
        for odd in [0.1 + 0.2, 1.0 / 3.0, 0.123_456_789_012_345_67, 5e-324] {
            let mut model = Model::parse("[willingness]\npartial = 0.7").unwrap();
            model.willingness.partial = odd;
            let (content, version) = (model.content(), model.version());
            assert_eq!(Model::of_content(&content, &version), Some(model));
            assert_eq!(Model::of_content(&content, &ModelVersion::named("0123456789ab")), None);
            assert_eq!(Model::of_content(&content.replacen('{', "{\"newer\":1,", 1), &version), None);
        }
    }

    #[test]
    fn every_fault_of_a_file_is_named() {
        let unknown = Model::parse("colour = 1\n[reply]\nlapse = 4\ncurve_shape = \"x\"").unwrap_err();
        assert_eq!(unknown.faults.len(), 3, "{unknown}");
        let impossible = "[reply]\nlapse_after = nan\n[channels.trust]\nprior = 1.0\n[standing]\nat_risk_from = 70\n\
                          [lifetime]\na = 0.3\nb = 0.7";
        let impossible = Model::parse(impossible).unwrap_err();
        assert_eq!(impossible.faults.len(), 4, "{impossible}");
        assert!(Model::parse("[[").unwrap_err().to_string().contains("not TOML"));
    }

    #[test]
    fn a_score_without_weights_is_refused() {
        let none = "[channels]\ntimely.weight = 0\nprompt.weight = 0\nsubstantive.weight = 0";
        assert_eq!(Model::parse(none).unwrap_err().faults.len(), 1);
    }

    #[test]
    fn shares_add_up_to_one() {
        let model = Model::default();
        let sum: f64 = Channel::ALL.into_iter().map(|channel| model.share(channel)).sum();
        assert!((sum - 3.0).abs() < 1e-12);
    }
}
