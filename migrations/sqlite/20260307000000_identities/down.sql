DROP TABLE instance_clients;
DROP TABLE identity_codes;
DROP TABLE identity_flows;
DROP TABLE identities;
