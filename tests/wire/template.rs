//! The fleet's template, as CloudFormation's own linter reads it.

use std::path::Path;
use std::process::Command;

use crate::support::python::python;

/// Runs cfn-lint on a template. Says what it told; empty: it found nothing.
fn lint(template: &Path) -> String {
    let output = Command::new(python())
        // Its script names the interpreter that it was installed with, which may have been moved.
        .args(["-B", "-c", "from cfnlint.runner import main; main()", "--regions", "eu-west-1", "us-east-1"])
        .args(["--include-checks", "I", "--template"])
        .arg(template)
        .output()
        .expect("Python can be started");
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn cfn_lint_finds_nothing() {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("fleet/template.yaml");
    assert_eq!(lint(&template), "");
    // It looks at all: a property that there is not.
    let text = std::fs::read_to_string(&template).expect("the template can be read");
    let folder = tempfile::tempdir().expect("a folder can be had");
    let wrong = folder.path().join("template.yaml");
    std::fs::write(&wrong, text.replacen("      MinSize:", "      FewestSize:", 1)).expect("a file can be written");
    let told = lint(&wrong);
    assert!(told.contains("FewestSize"), "{told}");
}
