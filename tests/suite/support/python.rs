//! A Python gRPC client for the tests: what another team would build from `proto/` alone.
//!
//! Everything is kept in folders of the target directory that are named after a hash of what they
//! were made from. A folder is made aside and renamed once it is complete, so whoever sees it can
//! use it, and processes that make it at the same time don't disturb each other.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Returns a command that runs `tests/python/<name>` with the generated client at hand.
pub fn script(name: &str) -> Command {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    let client = CLIENT.get_or_init(Client::prepare);
    let mut command = Command::new(&client.python);
    command
        .arg(Path::new(ROOT).join("tests/python").join(name))
        .env("PYTHONPATH", &client.generated)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env_remove("PYTHONHOME");
    command
}

/// An interpreter with the gRPC packages, and the folder of the modules generated from `proto/`.
struct Client {
    python: PathBuf,
    generated: PathBuf,
}

impl Client {
    fn prepare() -> Client {
        let requirements = Path::new(ROOT).join("tests/python/requirements.txt");
        let environment = (interpreter(), read(&requirements));
        let venv = made_once("venv", &environment, |folder| make_venv(folder, &requirements));
        let python = venv.join("bin/python");

        let protos = protos();
        let contents: Vec<_> = protos.iter().map(|proto| (proto, read(proto))).collect();
        let generated = made_once("client", &(environment, contents), |folder| {
            generate(&python, &protos, folder);
        });
        Client { python, generated }
    }
}

/// Returns the folder of this kind and content, which `make` fills where it isn't there yet.
fn made_once(kind: &str, content: &impl Hash, make: impl FnOnce(&Path)) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("python-client");
    let folder = parent.join(format!("{kind}-{:016x}", hasher.finish()));
    if folder.exists() {
        return folder;
    }
    fs::create_dir_all(&parent).expect("the target directory can be written");
    let aside = tempfile::Builder::new().prefix(".making-").tempdir_in(&parent);
    let aside = aside.expect("the target directory can be written");
    make(aside.path());
    // Where another process was faster, its folder is as good, and ours is thrown away.
    if let Err(error) = fs::rename(aside.path(), &folder) {
        assert!(folder.exists(), "{} cannot be made: {error}", folder.display());
    }
    folder
}

/// Makes a virtual environment with the packages that the requirements name.
fn make_venv(folder: &Path, requirements: &Path) {
    run(Command::new("python3").args(["-m", "venv"]).arg(folder));
    // A wheel or nothing: compiling gRPC from source would take many minutes.
    run(Command::new(folder.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(["--only-binary=:all:", "--requirement"])
        .arg(requirements));
}

/// Generates the modules of the client.
fn generate(python: &Path, protos: &[PathBuf], folder: &Path) {
    let option = |name: &str, folder: &Path| format!("--{name}={}", folder.display());
    run(Command::new(python)
        .args(["-m", "grpc_tools.protoc"])
        .arg(option("proto_path", &Path::new(ROOT).join("proto")))
        .arg(option("python_out", folder))
        .arg(option("grpc_python_out", folder))
        .args(protos));
}

/// Returns which python3 this is: an environment made by another one is of no use.
fn interpreter() -> String {
    run(Command::new("python3").args(["-c", "import sys; print(sys.executable, sys.version)"]))
}

/// Returns the proto files of the service.
fn protos() -> Vec<PathBuf> {
    let folder = Path::new(ROOT).join("proto/rapport/v1");
    let entries = fs::read_dir(folder).expect("the proto folder can be read");
    let mut protos: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    protos.retain(|path| path.extension().is_some_and(|extension| extension == "proto"));
    protos.sort();
    protos
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs a step of the preparation and returns what it prints. Where it fails, this panics with what
/// is probably missing on the machine.
fn run(command: &mut Command) -> String {
    // The user's own Python settings must not reach into the environment.
    let command = command.env_remove("PYTHONHOME").env_remove("PYTHONPATH");
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?} cannot be run: {error}.{}", hint("python3", "python3 python3-venv"))
    });
    let printed = String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        return printed.into_owned();
    }
    let said = format!("{printed}{}", String::from_utf8_lossy(&output.stderr));
    let hint = match said.as_str() {
        said if said.contains("ensurepip") => hint("Python's ensurepip", "python3-venv"),
        said if said.contains("No module named venv") => hint("Python's venv", "python3-venv"),
        said if said.contains("No module named pip") => hint("pip", "python3-venv"),
        _ => String::new(),
    };
    panic!("{command:?} failed ({}).{hint}\n{said}", output.status);
}

fn hint(what: &str, packages: &str) -> String {
    format!(" The tests need {what}. On Debian or Ubuntu: apt-get install {packages}.")
}
