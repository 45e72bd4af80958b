//! What git tracks, asked of the real `git`.

use std::fs;
use std::path::Path;
use std::process::Command;

use poolint::git::{Git, Tracking, toplevel};

/// Runs git in `folder`, without the configuration of this machine.
fn git(folder: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args(arguments)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .status()
        .expect("git runs");
    assert!(status.success(), "git {arguments:?}");
}

#[test]
fn tracked_files_are_known_from_any_folder_of_the_repository() {
    let repository = tempfile::tempdir().expect("a folder");
    let root = repository.path();
    fs::create_dir_all(root.join("app/x y")).expect("folders");
    for file in ["a.py", "app/b.py", "app/x y/é.py", "app/new.py"] {
        fs::write(root.join(file), "").expect("a file");
    }
    git(root, &["init", "-q"]);
    git(root, &["add", "a.py", "app/b.py", "app/x y/é.py"]);

    let whole = Git::new(root);
    assert_eq!(whole.is_tracked("a.py"), Some(true));
    assert_eq!(whole.is_tracked("app/new.py"), Some(false));
    let part = Git::new(root.join("app"));
    assert_eq!(part.is_tracked("b.py"), Some(true));
    assert_eq!(part.is_tracked("x y/é.py"), Some(true));
    assert_eq!(part.is_tracked("a.py"), Some(false));
    assert_eq!(
        toplevel(&root.join("app/x y")).as_deref(),
        Some(root),
        "found without git"
    );
}

#[test]
fn files_of_a_submodule_are_not_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let (outer, inner) = (folder.path().join("outer"), folder.path().join("inner"));
    for repository in [&outer, &inner] {
        fs::create_dir(repository).expect("a folder");
        git(repository, &["init", "-q"]);
        git(repository, &["commit", "-q", "--allow-empty", "-m", "a"]);
    }
    let inner = inner.to_str().expect("a path");
    let add = ["submodule", "add", "-q", inner, "lib"];
    git(
        &outer,
        &[&["-c", "protocol.file.allow=always"], add.as_slice()].concat(),
    );
    let asked = Git::new(&outer);
    assert_eq!(asked.is_tracked("lib/a.py"), None);
    assert_eq!(asked.is_tracked("other/a.py"), Some(false));
}

#[cfg(unix)]
#[test]
fn a_hostile_configuration_runs_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("repository");
    fs::create_dir(&root).expect("a folder");
    fs::write(root.join("a.py"), "").expect("a file");
    git(&root, &["init", "-q"]);
    git(&root, &["add", "a.py"]);

    let trace = folder.path().join("trace");
    let script = folder.path().join("script");
    let words = format!("#!/bin/sh\necho \"$0 $*\" >> {}\n", trace.display());
    fs::write(&script, words).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("executable");
    let hooks = root.join(".git/hooks");
    fs::create_dir_all(&hooks).expect("a folder");
    for hook in ["post-index-change", "fsmonitor-watchman", "post-checkout"] {
        fs::copy(&script, hooks.join(hook)).expect("a hook");
    }
    let script = script.display();
    let hostile = format!(
        "[core]\n fsmonitor = {script}\n hooksPath = {hooks}\n pager = {script}\n editor = {script}\n \
         sshCommand = {script}\n askPass = {script}\n[pager]\n ls-files = {script}\n\
         [alias]\n ls-files = !{script}\n[filter \"x\"]\n clean = {script}\n process = {script}\n\
         [diff]\n external = {script}\n[protocol]\n allow = always\n",
        hooks = hooks.display(),
    );
    let config = root.join(".git/config");
    let own = fs::read_to_string(&config).expect("the configuration");
    fs::write(&config, own + &hostile).expect("the configuration");
    fs::write(root.join(".gitattributes"), "* filter=x diff=x\n").expect("attributes");

    // The bait works: plain git runs it.
    let plain = Command::new("git")
        .current_dir(&root)
        .args(["ls-files", "-z"])
        .output()
        .expect("git runs");
    assert!(plain.status.success());
    assert!(trace.exists(), "plain git runs the script");
    fs::remove_file(&trace).expect("removed");

    assert_eq!(Git::new(&root).is_tracked("a.py"), Some(true));
    let trace = fs::read_to_string(&trace).unwrap_or_default();
    assert_eq!(trace, "", "something was run");
}

#[test]
fn a_broken_repository_is_unknown() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(".git"), "gitdir: /nowhere\n").expect("a file");
    let git = Git::new(folder.path());
    assert!(matches!(git.tracking(), Tracking::Unknown(why) if why.starts_with("git failed: ")));
    assert_eq!(git.is_tracked("a.py"), None);
}
