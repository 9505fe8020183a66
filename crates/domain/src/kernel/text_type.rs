//! Makes a value type out of a length-limited text.

/// Declares a text type with private content: trimmed, NFC, no control
/// characters, a number of code points within limits.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $min:literal..=$max:literal, $long:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("Trims and normalizes the text; ", stringify!($min), "–", stringify!($max), " code points.")]
            ///
            /// Errors: `required`, `too_short`, `too_long`, `control_character`.
            pub fn parse(raw: &str) -> Result<Self, $crate::kernel::Invalid> {
                $crate::kernel::text(raw, $min, $max, $crate::kernel::LongText::$long).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Declares an enum whose values have one name, on the wire and at rest.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// Every value, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Reads one of the names (`invalid_choice` otherwise); case counts.
            pub fn parse(raw: &str) -> Result<Self, $crate::kernel::Invalid> {
                match $crate::kernel::trim(raw) {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::kernel::Invalid::new(
                        "invalid_choice",
                        concat!("Use one of: ", choice!(@list $($text),+), "."),
                    )),
                }
            }

            /// The name, on the wire and at rest.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
    (@list $only:literal) => { $only };
    (@list $first:literal, $($rest:literal),+) => { concat!($first, ", ", choice!(@list $($rest),+)) };
}
