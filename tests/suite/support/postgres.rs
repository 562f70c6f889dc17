//! A real PostgreSQL for the tests: started on demand, private, and gone when the test process is,
//! however that ends.
//!
//! A small shell script, `KEEPER`, owns the server and its files. It watches the test process
//! through a pipe, so that cleaning up depends on no destructor and survives a `kill -9`.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    iter,
    net::{Ipv4Addr, TcpListener},
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// The variable that names the folder with the programs of PostgreSQL.
const BINDIR: &str = "RAPPORT_TEST_PG_BINDIR";

/// What every server is started with: reachable from this machine over TCP and no other way, and
/// without the care that only matters when the machine itself goes down. What it has committed
/// survives `stop` all the same, and a busy disk does not slow the tests.
const SETTINGS: [&str; 5] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "fsync=off",
    "full_page_writes=off",
];

/// Returns the server that all tests of this process share.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

/// A PostgreSQL server with its own data. It runs, except between `stop` or `kill` and `start_again`.
pub struct Server {
    keeper: Keeper,
    bindir: PathBuf,
    port: u16,
    settings: String,
    databases: AtomicU32,
}

impl Server {
    /// Starts a server of one's own.
    pub fn start() -> Server {
        Server::start_with(&[])
    }

    /// Starts a server of one's own with settings of PostgreSQL, each as `name=value`. They win over
    /// those that every server is started with: `fsync=on` makes it as careful as in production.
    pub fn start_with(settings: &[&str]) -> Server {
        let bindir = find_bindir();
        let mut keeper = Keeper::start(&bindir);
        let settings: String = SETTINGS.iter().chain(settings).map(|setting| format!(" -c {setting}")).collect();
        let mut reason = String::new();
        // Another process may take a port between our look at it and the start.
        for port in iter::repeat_with(free_port).take(3) {
            match keeper.command(&format!("start -p {port}{settings}")) {
                Ok(()) => {
                    let databases = AtomicU32::new(0);
                    return Server { keeper, bindir, port, settings, databases };
                }
                Err(said) => reason = said,
            }
        }
        panic!("PostgreSQL did not start: {reason}");
    }

    /// Loses the server as in a crash: connections break, and nothing listens any more.
    pub fn stop(&mut self) {
        self.keeper.command("stop").expect("PostgreSQL stops");
    }

    /// Loses the server in the midst of whatever it does: every process of it is killed at once.
    pub fn kill(&mut self) {
        self.keeper.command("kill").expect("PostgreSQL is killed");
    }

    /// Brings the server back after `stop` or `kill`, on the same port and with the same data.
    pub fn start_again(&mut self) {
        let command = format!("start -p {}{}", self.port, self.settings);
        self.keeper.command(&command).expect("PostgreSQL starts again");
    }

    /// Creates an empty database that nobody else uses and returns its URL. It blocks for a moment.
    pub fn fresh_database(&self) -> String {
        let name = format!("rapport_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let port = self.port.to_string();
        // Nothing ever connects to template0, so it can be copied many times at once.
        let output = command(self.bindir.join("createdb"))
            .args(["--host=127.0.0.1", "--username=postgres", "--template=template0"])
            .args(["--no-password", "--port", &port, &name])
            .output()
            .expect("createdb can be run");
        let reason = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "createdb failed: {reason}");
        format!("postgres://postgres@127.0.0.1:{port}/{name}")
    }
}

/// Keeps one PostgreSQL server: $1 is the folder of its programs, $2 the one for temporary files.
///
/// Standard input is a pipe from the test process. Every line is a command; however that process
/// ends, the pipe ends with it, and then the server is stopped and its folder deleted. Making the
/// cluster, and every command after it, is answered with `ok`, or with the reason and `failed`.
const KEEPER: &str = r#"
exec 2>&1
trap '' PIPE # an answer that nobody reads any more must not keep us from cleaning up

run() {
    if "$@" >output 2>&1 </dev/null; then
        echo ok
    else
        tail -n 20 output server.log
        echo failed
    fi
}

server() {
    "$bin/pg_ctl" --pgdata=data --log=server.log --wait --timeout=60 "$@"
}

# The first process is held still, or it would see its children go and mend that.
kill_all() {
    read -r first <data/postmaster.pid || return
    kill -STOP "$first" || return
    kill -KILL $(cat "/proc/$first/task/$first/children" 2>/dev/null || pgrep -P "$first") "$first"
    while kill -0 "$first" 2>/dev/null; do sleep 0.01; done
}

bin=$1
home=$(mktemp -d "$2/rapport-postgres-XXXXXX" || mktemp -d /tmp/rapport-postgres-XXXXXX) || exit
cd "$home" || exit

run "$bin/initdb" --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync
while read -r command options; do
    case $command in
    start) run server start --options="$options" ;;
    stop) run server stop --mode=immediate ;;
    kill) run kill_all ;;
    esac
done
server stop --mode=immediate

cd /
rm -rf "$home"
"#;

/// The running script `KEEPER`.
struct Keeper {
    process: Child,
    answers: BufReader<ChildStdout>,
}

impl Keeper {
    /// Starts the script and waits until it has made a database cluster.
    fn start(bindir: &Path) -> Keeper {
        let mut shell = command("/bin/sh");
        shell
            .args(["-c", KEEPER, "keeper"])
            .args([bindir, &env::temp_dir()])
            // A group of its own: an interrupt at the terminal must not reach it.
            .process_group(0)
            // The server's account may not be allowed to be where the tests run.
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some((uid, gid)) = other_account() {
            shell.uid(uid).gid(gid);
        }
        let mut process = shell.spawn().expect("/bin/sh can be run");
        let answers = BufReader::new(process.stdout.take().expect("the answers are piped"));
        let mut keeper = Keeper { process, answers };
        keeper.answer().unwrap_or_else(|reason| panic!("no database cluster was made: {reason}"));
        keeper
    }

    /// Gives a command and waits until it is carried out.
    fn command(&mut self, command: &str) -> Result<(), String> {
        let commands = self.process.stdin.as_mut().expect("the commands are piped");
        writeln!(commands, "{command}").map_err(|error| error.to_string())?;
        self.answer()
    }

    /// Reads as far as `ok`, or returns what was said instead.
    fn answer(&mut self) -> Result<(), String> {
        let mut said = String::new();
        for line in (&mut self.answers).lines() {
            match line.map_err(|error| error.to_string())?.as_str() {
                "ok" => return Ok(()),
                "failed" => break,
                line => said += &format!("\n{line}"),
            }
        }
        Err(said)
    }
}

impl Drop for Keeper {
    /// Waits until everything is gone. It would go without this too, only a little later.
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Returns a command that the variables of the user's own databases (PGHOST and so on) don't reach.
fn command(program: impl Into<PathBuf>) -> Command {
    let mut command = Command::new(program.into());
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command.env("LC_ALL", "C");
    command
}

/// Returns a port that is free now. It lies below the range that systems take ports from for
/// outgoing connections, so that a stopped server finds its port still free.
pub fn free_port() -> u16 {
    iter::repeat_with(|| rand::random_range(20_000..32_000))
        .take(100)
        .find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
        .expect("there is a free port on 127.0.0.1")
}

/// Returns the user and group to run PostgreSQL as where we are root, which it refuses to run as.
fn other_account() -> Option<(u32, u32)> {
    let own_file = tempfile::tempfile().and_then(|file| file.metadata());
    if own_file.expect("a temporary file can be made").uid() != 0 {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").expect("/etc/passwd can be read");
    let account = |name: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map_while(|id| id.parse().ok());
        Some((ids.next()?, ids.next()?))
    };
    let account = account("postgres").or_else(|| account("nobody"));
    assert!(account.is_some(), "PostgreSQL refuses to run as root; there is no other account");
    account
}

/// Finds the programs of PostgreSQL. Its tests are never skipped: without them this panics.
fn find_bindir() -> PathBuf {
    let has_server = |bindir: &PathBuf| bindir.join("initdb").exists();
    if let Some(bindir) = env::var_os(BINDIR).map(PathBuf::from) {
        assert!(has_server(&bindir), "{BINDIR} is {}, which has no initdb", bindir.display());
        return bindir;
    }
    // Where only the client is installed, pg_config names a folder without a server.
    pg_config_bindir().into_iter().chain(debian_bindirs()).find(has_server).unwrap_or_else(|| {
        panic!(
            "The tests need a PostgreSQL server. On Debian or Ubuntu: apt-get install postgresql. \
             Elsewhere: set {BINDIR} to the folder that holds its initdb, pg_ctl and createdb."
        )
    })
}

fn pg_config_bindir() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim_end()))
}

/// Returns the folders that Debian installs servers into, the newest version first.
fn debian_bindirs() -> Vec<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> =
        versions.filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path()))).collect();
    versions.sort_by(|a, b| b.cmp(a));
    versions.into_iter().map(|(_, folder)| folder.join("bin")).collect()
}
