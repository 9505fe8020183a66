//! TLS to the server, with certificates of an authority of the test's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{ME, refusal};
use crate::support::TestApp;
use crate::support::postgres::Cluster;

/// Runs the command `openssl`, which Debian's `postgresql` brings along.
fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(arguments.split(' '))
        .output()
        .expect("the command openssl is installed");
    assert!(
        output.status.success(),
        "{arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A certificate authority: its files are called by its name.
struct Authority<'a> {
    folder: &'a Path,
    name: &'a str,
}

const NEW_KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

impl<'a> Authority<'a> {
    fn new(folder: &'a Path, name: &'a str) -> Self {
        openssl(
            folder,
            &format!(
                "req -x509 {NEW_KEY} -keyout {name}.key -out {name}.crt -days 2 -subj /CN={name}"
            ),
        );
        Self { folder, name }
    }

    fn certificate(&self) -> PathBuf {
        self.folder.join(format!("{}.crt", self.name))
    }

    /// A certificate for localhost, and its key.
    fn issue(&self) -> (String, String) {
        let names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
        fs::write(self.folder.join("names"), names).unwrap();
        openssl(
            self.folder,
            &format!("req {NEW_KEY} -keyout server.key -out server.csr -subj /CN=localhost"),
        );
        openssl(
            self.folder,
            &format!(
                "x509 -req -in server.csr -CA {name}.crt -CAkey {name}.key -CAcreateserial \
                 -days 2 -extfile names -out server.crt",
                name = self.name
            ),
        );
        let read = |name| fs::read_to_string(self.folder.join(name)).unwrap();
        (read("server.crt"), read("server.key"))
    }
}

#[tokio::test]
async fn only_a_server_of_the_right_authority_and_name_is_spoken_to() {
    let Some(cluster) = Cluster::start_own(&[]) else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let right = Authority::new(folder.path(), "right");
    let wrong = Authority::new(folder.path(), "wrong");
    let (certificate, key) = right.issue();
    cluster.offer_tls(&certificate, &key);
    let database = cluster.create_database();
    let checked = |authority: &Authority<'_>| {
        let root = authority.certificate();
        let root = root.display();
        format!("{}?sslmode=verify-full&sslrootcert={root}", database.url())
    };

    let line = refusal(&[("VESTIBULE_DATABASE_URL", &checked(&wrong))]);
    assert!(line.contains("CERTIFICATE_VERIFY_FAILED"), "{line}");
    let elsewhere = format!("{}&hostaddr=127.0.0.1", checked(&right));
    let elsewhere = elsewhere.replace("@127.0.0.1:", "@db.example:");
    let line = refusal(&[("VESTIBULE_DATABASE_URL", &elsewhere)]);
    assert!(line.contains("db.example"), "{line}");
    assert!(line.contains("certificate"), "{line}");
    let nowhere = checked(&right).replace("right.crt", "no-such-file.crt");
    let line = refusal(&[("VESTIBULE_DATABASE_URL", &nowhere)]);
    assert!(line.contains("no-such-file.crt"), "{line}");

    let app = TestApp::start_with(&[("VESTIBULE_DATABASE_URL", &checked(&right))]).await;
    let user = app.register("vinyl_dealer").await;
    app.get(ME, &user.access).await.expect(200);
    let encrypted = "SELECT count(*) > 1 AND bool_and(ssl) FROM pg_stat_ssl \
                     JOIN pg_stat_activity USING (pid) WHERE application_name = 'vestibule'";
    assert_eq!(database.psql(encrypted), "t");
}
