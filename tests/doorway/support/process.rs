//! The binary, in a process of its own.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Output, Stdio},
};

/// The binary with these arguments, and without settings from the environment.
pub fn doorway(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorway"));
    command.args(arguments);
    let ours = |name: &str| name == "DATABASE_URL" || name.starts_with("DOORWAY_");
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        command.env_remove(name);
    }
    command
}

/// A running `doorway serve`.
pub struct Doorway {
    child: Child,
    pub url: String,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Doorway {
    /// Starts it on a free port, and waits until it listens.
    pub fn serve(database: &str, arguments: &[&str]) -> Doorway {
        let mut command = doorway(&["serve", "--database-url", database, "--listen", "127.0.0.1:0"]);
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            panic!("not ready: {line:?}\n{log}");
        };
        Doorway { child, url: url.to_owned(), stderr }
    }

    /// The URL without its scheme.
    pub fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// The status and body of a GET.
    pub fn get(&self, path: &str) -> (u16, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut response = agent.get(format!("{}{path}", self.url)).call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    /// The response to a query.
    pub fn ask(&self, query: &str) -> serde_json::Value {
        let body = serde_json::json!({ "query": query });
        let mut response = ureq::post(format!("{}/graphql", self.url)).send_json(body).unwrap();
        response.body_mut().read_json().unwrap()
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }

    /// Reads the log until a line contains `words`.
    pub fn wait_for_log(&mut self, words: &str) {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert_ne!(self.stderr.read_line(&mut line).unwrap(), 0, "it ended and never logged {words:?}");
        }
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Doorway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The stdout, stderr and exit code of a finished process.
pub fn ended(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}
