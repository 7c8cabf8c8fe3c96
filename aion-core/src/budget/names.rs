//! Enums whose variants have stable names: in records, in ledger files, and in every language.

/// Declares an enum with one name a variant, read and written everywhere by that name.
macro_rules! named {
    ($(#[$meta:meta])* $vis:vis enum $Enum:ident { $( $(#[$doc:meta])* $Variant:ident = $name:literal, )+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        $vis enum $Enum { $( $(#[$doc])* $Variant, )+ }

        impl $Enum {
            /// Every value, in the order of its declaration.
            pub const ALL: &'static [Self] = &[ $( Self::$Variant, )+ ];

            /// The stable name, in snake case.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$Variant => $name, )+ }
            }
        }

        impl std::fmt::Display for $Enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $Enum {
            type Err = crate::error::Error;

            fn from_str(name: &str) -> crate::error::Result<Self> {
                let unknown = || {
                    let message = format!("{name:?} is no {}", stringify!($Enum));
                    crate::error::Error::new(crate::error::ErrorKind::InvalidArgument, message)
                };
                Self::ALL.iter().copied().find(|value| value.name() == name).ok_or_else(unknown)
            }
        }

        impl TryFrom<String> for $Enum {
            type Error = crate::error::Error;

            fn try_from(name: String) -> crate::error::Result<Self> {
                name.parse()
            }
        }

        impl From<$Enum> for &'static str {
            fn from(value: $Enum) -> Self {
                value.name()
            }
        }
    };
}

pub(crate) use named;
