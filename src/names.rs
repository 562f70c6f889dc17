//! Enumerations whose values have names: one list says their order, their names, and what is stored of them.
//!
//! A derive could give the list and the names, but serde would need the same names a second time, and none gives a value a
//! code that is neither its name nor its place. So this is ours.

use std::fmt;

use serde::{
    Deserializer,
    de::{Error, Visitor},
};

/// Defines an enumeration with `ALL`, `name` and `from_name`; serde reads and writes the names.
///
/// `Timely = "timely" as 0` also gives a value a code, which is what binary formats hold of it: `code` and `from_code`.
/// Codes are stored, so one that was given is never given to another value; the order of the list is free to change.
macro_rules! named {
    ($(#[$about:meta])* $visibility:vis enum $name:ident {
        $($(#[$about_value:meta])* $value:ident = $said:literal,)+
    }) => {
        $crate::names::named!(@list [$(#[$about])*] $visibility $name $($value $said [$(#[$about_value])*])+);

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::names::by_name(deserializer, Self::from_name, Self::NAMES)
            }
        }
    };
    ($(#[$about:meta])* $visibility:vis enum $name:ident {
        $($(#[$about_value:meta])* $value:ident = $said:literal as $code:literal,)+
    }) => {
        $crate::names::named!(@list [$(#[$about])*] $visibility $name $($value $said [$(#[$about_value])*])+);

        const _: () = assert!($crate::names::are_distinct(&[$($code),+]), "two values have the same code");

        impl $name {
            /// What is stored of it.
            #[must_use]
            $visibility const fn code(self) -> u8 {
                match self {
                    $(Self::$value => $code,)+
                }
            }

            /// The value of that code.
            #[must_use]
            $visibility const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$value),)+
                    _ => None,
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match serializer.is_human_readable() {
                    true => serializer.serialize_str(self.name()),
                    false => serializer.serialize_u8(self.code()),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match deserializer.is_human_readable() {
                    true => $crate::names::by_name(deserializer, Self::from_name, Self::NAMES),
                    false => $crate::names::by_code(deserializer, Self::from_code),
                }
            }
        }
    };
    (@list [$($about:tt)*] $visibility:vis $name:ident $($value:ident $said:literal [$($about_value:tt)*])+) => {
        $($about)*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $name {
            $($($about_value)* $value,)+
        }

        impl $name {
            /// Every value, in the order in which they are shown.
            $visibility const ALL: [Self; Self::NAMES.len()] = [$(Self::$value),+];
            const NAMES: &[&str] = &[$($said),+];

            /// Its name.
            #[must_use]
            $visibility const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $said,)+
                }
            }

            /// The value of that name.
            #[must_use]
            $visibility fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($said => Some(Self::$value),)+
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use named;

/// Whether no code is there twice.
pub(crate) const fn are_distinct(codes: &[u32]) -> bool {
    let mut place = 0;
    while place < codes.len() {
        let mut other = place + 1;
        while other < codes.len() {
            if codes[place] == codes[other] {
                return false;
            }
            other += 1;
        }
        place += 1;
    }
    true
}

/// Reads a value by its name.
pub(crate) fn by_name<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    from_name: fn(&str) -> Option<T>,
    names: &'static [&'static str],
) -> Result<T, D::Error> {
    deserializer.deserialize_str(ByName { from_name, names })
}

/// Reads a value by its code.
pub(crate) fn by_code<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    from_code: fn(u8) -> Option<T>,
) -> Result<T, D::Error> {
    let code = <u8 as serde::Deserialize>::deserialize(deserializer)?;
    from_code(code).ok_or_else(|| D::Error::custom(format_args!("no value has the code {code}")))
}

struct ByName<T> {
    from_name: fn(&str) -> Option<T>,
    names: &'static [&'static str],
}

impl<T> Visitor<'_> for ByName<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", self.names.join(", "))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<T, E> {
        (self.from_name)(name).ok_or_else(|| E::unknown_variant(name, self.names))
    }
}

#[cfg(test)]
mod tests {
    use super::are_distinct;

    named! {
        /// In an order that is not that of the codes.
        enum Size {
            Small = "small" as 7,
            Large = "very large" as 2,
        }
    }

    #[test]
    fn text_holds_names_and_bytes_hold_codes() {
        assert_eq!(Size::ALL.map(Size::name), ["small", "very large"]);
        let sizes = vec![Size::Large, Size::Small];
        let text = serde_json::to_string(&sizes).unwrap();
        assert_eq!(text, r#"["very large","small"]"#);
        assert_eq!(serde_json::from_str::<Vec<Size>>(&text).unwrap(), sizes);
        let bytes = postcard::to_stdvec(&sizes).unwrap();
        assert_eq!(bytes, [2, 2, 7]);
        assert_eq!(postcard::from_bytes::<Vec<Size>>(&bytes).unwrap(), sizes);
    }

    #[test]
    fn what_has_no_such_name_or_code_is_refused() {
        let error = serde_json::from_str::<Size>(r#""large""#).unwrap_err().to_string();
        assert!(error.starts_with("unknown variant `large`, expected `small` or `very large`"), "{error}");
        assert!(postcard::from_bytes::<Size>(&[0]).is_err());
        assert!(!are_distinct(&[3, 1, 3]) && are_distinct(&[3, 1, 2]));
    }
}
