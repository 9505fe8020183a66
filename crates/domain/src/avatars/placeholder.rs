use crate::users::Username;

/// What stands for the picture of who has none: letters on a colour.
///
/// It follows from the username alone, so it tells nothing else about a user,
/// not even whether there is one.
///
/// ```
/// use vestibule_domain::avatars::Placeholder;
/// use vestibule_domain::users::Username;
///
/// let placeholder = Placeholder::of(&Username::parse("vinyl_dealer").expect("a name"));
/// assert_eq!(placeholder.initials, "VD");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// One or two capital letters or digits; `?` where the name has none.
    pub initials: String,
    /// The colour, as an angle of the colour wheel: 0–359.
    pub hue: u16,
}

impl Placeholder {
    /// The letters and the colour of a name, whatever its letter case.
    pub fn of(username: &Username) -> Self {
        let name = username.canonical();
        let mut initials: String = name
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter_map(|word| word.chars().next())
            .take(2)
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        if initials.is_empty() {
            initials.push('?');
        }
        // FNV-1a: spreads names over the wheel, the same in every release.
        let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        Self {
            initials,
            hue: u16::try_from(hash % 360).unwrap_or(0),
        }
    }
}
