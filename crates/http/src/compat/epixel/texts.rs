//! The published messages, word for word, for what the domain refuses.

use vestibule_domain::kernel::Invalid;

const REQUIRED: &str = "This field is required.";
const NOT_MATCHING: &str = "Token is not matching.";
const EMAIL: &str = "Enter a valid email address.";
const PHONE: &str =
    "Phone number must be entered in the format: '999999999'. Up to 15 digits allowed.";
const NAME: &str = "Ensure this field has no more than 255 characters.";
const CHOICE: &str = "Select a valid choice.";
const IMAGE: &str =
    "Upload a valid image. The file you uploaded was either not an image or a corrupted image.";

/// Seconds of a minute, and minutes of an hour.
const SIXTY: u64 = 60;

/// The same refusal in the published words.
pub(super) fn of_email(invalid: &Invalid) -> Invalid {
    match invalid.code {
        "required" => Invalid::new(invalid.code, REQUIRED),
        _ => Invalid::new(invalid.code, EMAIL),
    }
}

/// The same; a refusal that the document does not know keeps the domain's words.
pub(super) fn of_name(invalid: Invalid) -> Invalid {
    match invalid.code {
        "too_long" => Invalid::new(invalid.code, NAME),
        _ => invalid,
    }
}

pub(super) fn phone() -> Invalid {
    Invalid::new("invalid_phone_number", PHONE)
}

pub(super) fn choice() -> Invalid {
    Invalid::new("invalid_choice", CHOICE)
}

pub(super) fn required() -> Invalid {
    Invalid::new("required", REQUIRED)
}

pub(super) fn not_matching() -> Invalid {
    Invalid::new("incorrect", NOT_MATCHING)
}

pub(super) fn image() -> Invalid {
    Invalid::new("invalid_image", IMAGE)
}

/// As many digits as the document has letters: `<HH> hours <M minutes and ss
/// seconds`, whose brackets are not closed there.
pub(super) fn images_throttled(seconds: u64) -> String {
    let (minutes, seconds) = (seconds / SIXTY, seconds % SIXTY);
    let (hours, minutes) = (minutes / SIXTY, minutes % SIXTY);
    format!(
        "Your daily profile update limit exceeded. Expected available in {hours:02} hours {minutes} minutes and {seconds:02} seconds."
    )
}

#[cfg(test)]
mod tests {
    use super::images_throttled;

    #[test]
    fn the_wait_is_told_in_hours_minutes_and_seconds() {
        let told = |seconds| {
            let text = images_throttled(seconds);
            let wait = text
                .strip_prefix("Your daily profile update limit exceeded. Expected available in ");
            wait.expect("the published words").to_owned()
        };
        assert_eq!(told(1), "00 hours 0 minutes and 01 seconds.");
        assert_eq!(told(86_399), "23 hours 59 minutes and 59 seconds.");
        assert_eq!(told(86_400), "24 hours 0 minutes and 00 seconds.");
        assert_eq!(told(3_905), "01 hours 5 minutes and 05 seconds.");
    }
}
