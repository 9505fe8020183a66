//! `vestibule user create`

use std::io::{self, BufRead};

use vestibule_domain::credentials::{Register, RegisterError};
use vestibule_domain::kernel::{Invalid, Secret};
use vestibule_domain::users::{Account, EmailAddress, Username};

use super::{Failure, block_on, print, refused, store_failed, wait_for_server};
use crate::cli::CreateUser;
use crate::config::Settings;
use crate::wiring::{Adapters, make_data_folder, migrate_database};

/// Longer first lines are no passwords, and are not read to their end.
const LONGEST_LINE: u64 = 64 * 1024;

/// Makes an account and prints its uid.
pub(super) fn run(settings: &Settings, user: &CreateUser) -> Result<(), Failure> {
    let password = read_password(io::stdin().lock())?;
    let register = parse(user, password)?;
    make_data_folder(settings)?;
    migrate_database(settings)?;
    let account = block_on(create(settings, register, user))?;
    wait_for_server(settings);
    print(account.id)
}

async fn create(
    settings: &Settings,
    register: Register,
    user: &CreateUser,
) -> Result<Account, Failure> {
    let adapters = Adapters::open(settings, None).await?;
    let tokens = adapters.tokens(settings)?;
    let credentials = adapters.credentials(settings, tokens)?;
    let created = credentials
        .create(register, user.verified, user.admin)
        .await;
    adapters.database.shutdown().await;
    created.map_err(|error| match error {
        RegisterError::Invalid(errors) => refused(errors.into_vec()),
        RegisterError::EmailTaken => {
            Failure::Failed("email: The e-mail address is taken.".to_owned())
        }
        RegisterError::UsernameTaken => {
            Failure::Failed("username: The username is taken.".to_owned())
        }
        // The command line has no invitations.
        error @ (RegisterError::InvalidInvitation | RegisterError::OtherAddress) => {
            Failure::Failed(format!("invitation: {error}"))
        }
        RegisterError::Hash(error) => Failure::Failed(error.to_string()),
        RegisterError::Store(error) => store_failed(&error),
    })
}

/// The first line, without its end.
fn read_password(input: impl BufRead) -> Result<Secret, Failure> {
    let mut line = String::new();
    input
        .take(LONGEST_LINE)
        .read_line(&mut line)
        .map_err(|error| Failure::Failed(format!("password: cannot be read: {error}")))?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        let missing = Invalid::new(
            "required",
            "Write the password to standard input, as its first line.",
        );
        return Err(refused([missing.at("password")]));
    }
    Ok(Secret::new(line))
}

fn parse(user: &CreateUser, password: Secret) -> Result<Register, Failure> {
    let username = Username::parse(&user.username).map_err(|invalid| invalid.at("username"));
    let email = EmailAddress::parse(&user.email).map_err(|invalid| invalid.at("email"));
    match (username, email) {
        (Ok(username), Ok(email)) => Ok(Register::new(username, email, password)),
        (username, email) => Err(refused(username.err().into_iter().chain(email.err()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(input: &str) -> Result<String, String> {
        read_password(input.as_bytes())
            .map(|secret| secret.expose().to_owned())
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn the_password_is_the_first_line_untrimmed() {
        assert_eq!(password(" a b \nsecond\n").as_deref(), Ok(" a b "));
        assert_eq!(password("last line").as_deref(), Ok("last line"));
        assert_eq!(password("windows\r\n").as_deref(), Ok("windows"));
        for nothing in ["", "\n", "\nsecond"] {
            let message = password(nothing).expect_err("there is none");
            assert!(message.starts_with("password: Write the password"));
        }
        let long = password(&"x".repeat(1_000_000)).expect("judged elsewhere");
        assert_eq!(long.len(), 64 * 1024);
        let failure = read_password([0xff, b'\n'].as_slice()).expect_err("not UTF-8");
        assert!(failure.to_string().starts_with("password: cannot be read"));
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let user = |username: &str, email: &str| CreateUser {
            username: username.to_owned(),
            email: email.to_owned(),
            verified: false,
            admin: false,
        };
        let register = parse(&user("ada", "ada@example.com"), Secret::new("x"));
        assert_eq!(register.expect("both are right").username.as_str(), "ada");
        let failure = parse(&user("me", "nobody"), Secret::new("x")).expect_err("both are wrong");
        let message = failure.to_string();
        let lines: Vec<_> = message.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("username: "), "{message}");
        assert!(lines[1].starts_with("email: "), "{message}");
    }
}
