DROP TABLE former_emails;
DROP TABLE email_changes;
