//! Which template and which values each kind of letter has.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_domain::contact::{EMAIL_CHANGE_LIFETIME, UNDO_LIFETIME};
use vestibule_domain::credentials::TokenKind;
use vestibule_domain::organizations::INVITATION_LIFETIME;
use vestibule_domain::outbox::Mail;

use super::links::Links;

/// What need not be encoded in a query (RFC 3986 section 2.3).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// Longest value shown, in characters: a line of mail has at most 998 bytes
/// (RFC 5322 section 2.1.1).
const LONGEST_VALUE: usize = 200;

/// A letter before it has words.
pub(super) struct Kind<'a> {
    /// The recipient.
    pub(super) to: &'a str,
    /// Name of its templates, without ending.
    pub(super) template: &'static str,
    /// What they may show.
    pub(super) values: Vec<(&'static str, String)>,
}

impl<'a> Kind<'a> {
    /// The kind of this mail; `None` for one that has no words.
    pub(super) fn of(mail: &'a Mail, links: &Links) -> Option<Self> {
        Some(match mail {
            Mail::VerifyEmail { to, username, key } => Self::new(to, "verify_email")
                .shows("username", username)
                .links(&links.verify_email, &[("key", key)])
                .valid_for(TokenKind::VerifyEmail.lifetime()),
            Mail::ResetPassword {
                to,
                username,
                uid,
                token,
            } => Self::new(to, "reset_password")
                .shows("username", username)
                .links(&links.reset_password, &[("uid", uid), ("token", token)])
                .valid_for(TokenKind::ResetPassword.lifetime()),
            Mail::SetPassword {
                to,
                username,
                uid,
                token,
                invited,
            } => Self::new(to, "set_password")
                .shows("username", username)
                .links(&links.reset_password, &[("uid", uid), ("token", token)])
                .valid_for(if *invited {
                    INVITATION_LIFETIME
                } else {
                    TokenKind::ResetPassword.lifetime()
                }),
            Mail::PasswordChanged { to, username } => {
                Self::new(to, "password_changed").shows("username", username)
            }
            Mail::ConfirmEmailChange {
                to,
                username,
                code,
                token,
            } => Self::new(to, "confirm_email_change")
                .shows("username", username)
                .shows("code", code)
                .links(&links.email_change, &[("token", token)])
                .valid_for(EMAIL_CHANGE_LIFETIME),
            Mail::EmailChangeNotice {
                to,
                username,
                new_email,
                token,
            } => Self::new(to, "email_change_notice")
                .shows("username", username)
                .shows("new_email", new_email)
                .links(&links.undo_email_change, &[("token", token)])
                .valid_for(UNDO_LIFETIME),
            Mail::NewDevice {
                to,
                username,
                ip,
                user_agent,
                at,
            } => Self::new(to, "new_device")
                .shows("username", username)
                .shows("ip", ip)
                .shows("user_agent", user_agent)
                .shows("at", at),
            Mail::KeyCreated {
                to,
                username,
                key_name,
            } => Self::new(to, "key_created")
                .shows("username", username)
                .shows("key_name", key_name),
            Mail::AccountDeleted { to, username } => {
                Self::new(to, "account_deleted").shows("username", username)
            }
            Mail::Invitation {
                to,
                organization,
                invited_by,
                token,
            } => Self::new(to, "invitation")
                .shows("organization", organization)
                .shows("invited_by", invited_by)
                .links(&links.invitation, &[("token", token)])
                .valid_for(INVITATION_LIFETIME),
            _ => return None,
        })
    }

    fn new(to: &'a str, template: &'static str) -> Self {
        Self {
            to,
            template,
            values: Vec::new(),
        }
    }

    /// Shows what somebody chose: on one line, and not too long for it.
    fn shows(mut self, name: &'static str, value: &str) -> Self {
        let mut text: String = value
            .chars()
            .take(LONGEST_VALUE)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        if value.chars().nth(LONGEST_VALUE).is_some() {
            text.push('…');
        }
        self.values.push((name, text));
        self
    }

    fn links(mut self, page: &str, parameters: &[(&str, &str)]) -> Self {
        let query: Vec<_> = parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, QUERY)))
            .collect();
        self.values
            .push(("link", format!("{page}?{}", query.join("&"))));
        self
    }

    fn valid_for(mut self, lifetime: Duration) -> Self {
        self.values.push(("valid_for", in_words(lifetime)));
        self
    }
}

/// A lifetime of whole minutes, hours or days; up to three days in hours.
fn in_words(lifetime: Duration) -> String {
    let minutes = lifetime.as_secs() / 60;
    match minutes / 60 {
        0 => format!("{minutes} minutes"),
        hours if hours > 72 && hours.is_multiple_of(24) => format!("{} days", hours / 24),
        hours => format!("{hours} hours"),
    }
}

/// One mail of each kind, for trying the templates.
pub(super) fn samples() -> Vec<Mail> {
    let text = |value: &str| value.to_owned();
    let (to, username) = (text("somebody@example.org"), text("somebody"));
    let (uid, token) = (text("usr_0"), text("token"));
    vec![
        Mail::VerifyEmail {
            to: to.clone(),
            username: username.clone(),
            key: token.clone(),
        },
        Mail::ResetPassword {
            to: to.clone(),
            username: username.clone(),
            uid: uid.clone(),
            token: token.clone(),
        },
        Mail::SetPassword {
            to: to.clone(),
            username: username.clone(),
            uid,
            token: token.clone(),
            invited: true,
        },
        Mail::PasswordChanged {
            to: to.clone(),
            username: username.clone(),
        },
        Mail::ConfirmEmailChange {
            to: to.clone(),
            username: username.clone(),
            code: text("123456"),
            token: token.clone(),
        },
        Mail::EmailChangeNotice {
            to: to.clone(),
            username: username.clone(),
            new_email: text("new@example.org"),
            token: token.clone(),
        },
        Mail::NewDevice {
            to: to.clone(),
            username: username.clone(),
            ip: text("192.0.2.1"),
            user_agent: text("Browser/1.0"),
            at: text("2026-01-02T03:04:05Z"),
        },
        Mail::KeyCreated {
            to: to.clone(),
            username: username.clone(),
            key_name: text("build server"),
        },
        Mail::AccountDeleted {
            to: to.clone(),
            username,
        },
        Mail::Invitation {
            to,
            organization: text("Records & Co"),
            invited_by: text("alice"),
            token,
        },
    ]
}
