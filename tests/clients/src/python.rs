//! A Python environment with the libraries of `requirements.txt`: made once, kept until those change.
//!
//! The stamp is written last, so an environment without it was not finished, and is made anew. Processes that want it at
//! the same time wait for the one that makes it. With a stamp that fits, nothing is asked of the network.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// What is installed: exact versions with the hashes of their files.
const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// A script that talks to a simulator on this machine is done long before.
const LONGEST_RUN: Duration = Duration::from_mins(2);

/// Why a script gave no result.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    /// There is no interpreter.
    #[error("python3 could not be started: {0}; these tests need Python 3.10 or later")]
    NoInterpreter(std::io::Error),
    /// The interpreter cannot make environments.
    #[error("`python3 -m venv` failed; on Debian and Ubuntu it is in the package python3-venv:\n{0}")]
    NoEnvironment(String),
    /// The libraries could not be had, or are not what they were.
    #[error("pip could not install what tests/clients/requirements.txt lists:\n{0}")]
    NotInstalled(String),
    /// A file or folder of the environment.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The script ended with an error.
    #[error("{script} failed:\n{output}")]
    Script {
        /// Which.
        script: &'static str,
        /// What it wrote, the traceback last.
        output: String,
    },
    /// The script took too long.
    #[error("{script} did not end within {LONGEST_RUN:?}")]
    Endless {
        /// Which.
        script: &'static str,
    },
    /// What the script printed is no JSON.
    #[error("{script} printed no JSON: {source}\n{output}")]
    NotJson {
        /// Which.
        script: &'static str,
        /// Why not.
        source: serde_json::Error,
        /// What it printed.
        output: String,
    },
}

/// An interpreter that has the libraries.
#[derive(Clone, Debug)]
pub struct Python {
    interpreter: PathBuf,
}

impl Python {
    /// The environment in this folder, made if it is not there or has other libraries. Blocks while it is made.
    pub fn prepare(folder: &Path) -> Result<Self, PythonError> {
        fs::create_dir_all(folder).map_err(at(folder))?;
        let lock = folder.join("lock");
        let held = File::create(&lock).map_err(at(&lock))?;
        held.lock().map_err(at(&lock))?;
        let environment = folder.join("environment");
        let interpreter = environment.join("bin/python");
        let stamp = folder.join("stamp");
        let wanted = format!("{}\n{REQUIREMENTS}", version()?);
        let is_ready = fs::read_to_string(&stamp).is_ok_and(|stamp| stamp == wanted) && interpreter.exists();
        if !is_ready {
            make(&environment, &interpreter, folder)?;
            fs::write(&stamp, wanted).map_err(at(&stamp))?;
        }
        Ok(Self { interpreter })
    }

    /// Runs a script of this crate with these settings as its whole environment, and gives the JSON that it prints.
    pub async fn run(&self, script: &'static str, settings: &[(&str, &str)]) -> Result<Value, PythonError> {
        let run = tokio::process::Command::new(&self.interpreter)
            // Isolated: neither the user's own packages nor the folder of the script are searched for libraries.
            .arg("-I")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
            .env_clear()
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(LONGEST_RUN, run)
            .await
            .map_err(|_| PythonError::Endless { script })?
            .map_err(PythonError::NoInterpreter)?;
        if !output.status.success() {
            return Err(PythonError::Script { script, output: all_of(&output) });
        }
        serde_json::from_slice(&output.stdout).map_err(|source| PythonError::NotJson {
            script,
            source,
            output: all_of(&output),
        })
    }
}

/// The version of the interpreter: another one needs another environment.
fn version() -> Result<String, PythonError> {
    let output = Command::new("python3").arg("--version").output().map_err(PythonError::NoInterpreter)?;
    Ok(all_of(&output).trim().to_owned())
}

fn make(environment: &Path, interpreter: &Path, folder: &Path) -> Result<(), PythonError> {
    for leftover in [environment, &folder.join("stamp")] {
        remove(leftover)?;
    }
    let requirements = folder.join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS).map_err(at(&requirements))?;
    let made = Command::new("python3")
        .args(["-m", "venv"])
        .arg(environment)
        .output()
        .map_err(PythonError::NoInterpreter)?;
    if !made.status.success() {
        return Err(PythonError::NoEnvironment(all_of(&made)));
    }
    // Ready-made packages only: a hash says nothing about what a package's own build script would fetch.
    let installed = Command::new(interpreter)
        .args(["-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"])
        .args(["--require-hashes", "--only-binary", ":all:", "--requirement"])
        .arg(&requirements)
        .output()
        .map_err(PythonError::NoInterpreter)?;
    if !installed.status.success() {
        return Err(PythonError::NotInstalled(all_of(&installed)));
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), PythonError> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> PythonError {
    let path = path.to_owned();
    move |source| PythonError::File { path, source }
}

fn all_of(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
