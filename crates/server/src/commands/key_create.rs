//! `vestibule key create`

use vestibule_domain::api_keys::{CreateKey, KeyName, Scope};

use super::{Failure, block_on, key_failed, print, refused, wait_for_server};
use crate::cli::CreateServiceKey;
use crate::config::Settings;
use crate::wiring::{Adapters, make_data_folder, migrate_database};

/// Makes a service key and prints it, and only it.
pub(super) fn run(settings: &Settings, key: &CreateServiceKey) -> Result<(), Failure> {
    let create = parse(key)?;
    make_data_folder(settings)?;
    migrate_database(settings)?;
    let created = block_on(async {
        let adapters = Adapters::open(settings, None).await?;
        let created = adapters.api_keys(settings).create_service_key(create).await;
        adapters.database.shutdown().await;
        created.map_err(key_failed)
    })?;
    wait_for_server(settings);
    print(created.secret.expose())
}

fn parse(key: &CreateServiceKey) -> Result<CreateKey, Failure> {
    let name = KeyName::parse(&key.name).map_err(|invalid| invalid.at("name"));
    let scopes: Result<Vec<_>, _> = key
        .scopes
        .iter()
        .map(|scope| Scope::parse(scope).map_err(|invalid| invalid.at("scope")))
        .collect();
    match (name, scopes) {
        (Ok(name), Ok(scopes)) => Ok(CreateKey {
            name,
            scopes,
            expires_at: None,
        }),
        (name, scopes) => Err(refused(name.err().into_iter().chain(scopes.err()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let key = |name: &str, scope: &str| CreateServiceKey {
            name: name.to_owned(),
            scopes: vec!["admin".to_owned(), scope.to_owned()],
        };
        let made = parse(&key("monitoring", "users:read")).expect("it is right");
        assert_eq!(made.scopes, [Scope::Admin, Scope::UsersRead]);
        let message = parse(&key(" ", "root"))
            .expect_err("both are wrong")
            .to_string();
        let lines: Vec<_> = message.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("name: "), "{message}");
        assert!(
            lines[1].starts_with("scope: Use one of: admin"),
            "{message}"
        );
    }
}
