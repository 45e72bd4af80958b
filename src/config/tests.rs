//! What a configuration says, read from text. How it is found and shown is tried on the program: `tests/config.rs`.

use super::*;

/// The configuration in a YAML text.
fn read(text: &str) -> Config {
    let node = tree::yaml(text).expect("YAML");
    read::config(&node, Path::new("/shop")).expect("a configuration")
}

#[test]
fn every_key_is_kept() {
    let config = read(
        "select: [default]\nextend-select: [all]\nignore: [null-pool]\nexclude: ['**/gen/**']\n\
         fail-on: never\nprocesses: {web: 4}\n\
         databases: {A_URL: {dialect: postgres, max-connections: 200, proxy: pgbouncer}}\n\
         rules: {null-pool: {severity: error, ignore: [scripts], options: {replacement: default}}}\n",
    );
    let words =
        |words: &[&str]| -> Vec<String> { words.iter().map(|word| (*word).to_owned()).collect() };
    assert_eq!(config.select, Some(words(&["default"])));
    assert_eq!(config.extend_select, words(&["all"]));
    assert_eq!(config.ignore, words(&["null-pool"]));
    assert_eq!(config.exclude, words(&["**/gen/**"]));
    assert_eq!(config.fail_on, Some(FailOn::Never));
    assert_eq!(config.processes.get("web"), Some(&4));
    let database = Database {
        dialect: Some("postgresql".to_owned()),
        max_connections: Some(200),
        proxy: Some("pgbouncer".to_owned()),
    };
    assert_eq!(config.databases.get("A_URL"), Some(&database));
    let rule = &config.rules["null-pool"];
    assert_eq!(rule.severity, Some(Severity::Error));
    assert_eq!(rule.ignore, words(&["scripts"]));
    let option = ("replacement".to_owned(), "default".to_owned());
    assert_eq!(rule.options, [option]);
}

#[test]
fn a_key_without_a_value_says_nothing_and_an_empty_file_neither() {
    for text in ["", "# words\n", "databases:\nrules:\nprocesses:\n"] {
        let config = read(text);
        assert!(config.select.is_none() && config.rules.is_empty(), "{text}");
    }
}

#[test]
fn a_dialect_goes_by_its_name_or_by_a_scheme() {
    assert_eq!(dialect("postgresql+asyncpg"), Ok("postgresql".to_owned()));
    assert_eq!(dialect("mariadb"), Ok("mysql".to_owned()));
    assert_eq!(
        dialect("postgre"),
        Err("`postgre` is no dialect; did you mean `postgresql`?".to_owned())
    );
}
