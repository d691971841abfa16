//! What a service does while it lives: limits under load, changes of its policies, its end.

use std::io::Write as _;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::{Service, exchange, request, short};
use crate::shop;

const WIRE: &str = r#"{"name": "wire-money", "arguments": {"amount": 5}}"#;
const LIST: &str = r#"{"name": "list_orders"}"#;

#[test]
fn calls_at_the_same_time_share_what_is_left() {
    let service = Service::start(&["--log", "calls.jsonl", "--log-arguments", "--mask", "args.amount"]);
    let answers: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..12).map(|_| scope.spawn(|| service.post("/v1/decide", WIRE))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let allowed = answers.iter().filter(|answer| answer.contains("\"decision\":\"allow\"")).count();
    assert_eq!(allowed, 3, "{answers:?}");
    assert!(answers.iter().filter(|answer| answer.contains("wire-money_rate_day")).count() == 9, "{answers:?}");
    let log = std::fs::read_to_string(service.folder.path().join("calls.jsonl")).unwrap();
    assert_eq!(log.lines().count(), 12);
    let is_whole =
        |line: &str| line.contains("\"client\":\"serve\",\"session\":\"envoy ") && line.contains("\"amount\":\"***\"");
    assert!(log.lines().all(is_whole), "{log}");
    let metrics = service.ask("GET", "/metrics", "", "");
    for (decision, rule, count) in [("allow", "", 3), ("deny", "wire-money_rate_day", 9)] {
        let line = format!(
            "policyc_decisions_total{{decision=\"{decision}\",api=\"decide\",policy=\"shop\",server=\"pay\",tool=\"wire-money\",rule=\"{rule}\"}} {count}\n"
        );
        assert!(metrics.contains(&line), "{metrics}");
    }
}

#[test]
fn credentials_do_not_get_into_the_log() {
    let service = Service::start(&["--log", "calls.jsonl"]);
    let call =
        r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"wire-money","arguments":{"amount":5}}}"#;
    let ask = |grant: &str| {
        service.ask(
            "POST",
            "/envoy/mcp",
            &format!("Content-Type: application/json\r\nx-policyc-grant: {grant}\r\n"),
            call,
        )
    };
    let asked = ["Bearer SECRET", "Bearer SECRET", "Bearer SECRET", "Bearer SECRET", "Bearer OTHER", "ann"].map(ask);
    let statuses: Vec<&str> = asked.iter().map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "200", "200", "403", "200", "200"]);
    let log = std::fs::read_to_string(service.folder.path().join("calls.jsonl")).unwrap();
    assert!(log.contains("\"grant\":\"sha256:") && log.contains("\"grant\":\"ann\""), "{log}");
    assert!(!log.contains("SECRET") && !log.contains("OTHER"), "{log}");
}

#[test]
fn what_cannot_be_logged_is_denied() {
    let service = Service::start(&["--log", "none/calls.jsonl"]);
    assert!(service.post("/v1/decide", LIST).contains("\"decision\":\"deny\",\"rule\":\"(no log)\""));
}

#[test]
fn observed_calls_pass() {
    let service = Service::start(&["--observe"]);
    let denied = r#"{"name": "wire-money", "arguments": {"amount": 500}}"#;
    assert!(
        service
            .post("/v1/decide", denied)
            .starts_with("200 {\"decision\":\"allow\",\"would\":\"deny\",\"rule\":\"deny@4\"")
    );
    assert!(service.post("/v1/data/policyc/allow", &format!("{{\"input\":{denied}}}")).contains("\"result\":true"));
}

#[test]
fn policies_are_read_again() {
    let mut service = Service::start(&[]);
    let original = std::fs::read_to_string(service.folder.path().join("shop.pol")).unwrap();
    let decides = |service: &Service| service.post("/v1/decide", LIST);
    assert!(decides(&service).contains("\"decision\":\"allow\""));
    // Somebody asks all the time: there is an answer under each version, and never none.
    let stopped = std::sync::atomic::AtomicBool::new(false);
    let address = service.address.clone();
    thread::scope(|scope| {
        let asker = scope.spawn(|| {
            let head = format!("Authorization: Bearer {}\r\nContent-Type: application/json\r\n", super::TOKEN);
            let one = request("POST", "/v1/decide", &head, LIST);
            let mut count = 0;
            while !stopped.load(std::sync::atomic::Ordering::SeqCst) {
                let answer = short(&exchange(&mut TcpStream::connect(&address).unwrap(), one.as_bytes()));
                assert!(answer.starts_with("200 {\"decision\":"), "{answer}");
                count += 1;
            }
            count
        });
        service.write("shop.pol", &format!("{original}\nallow ("));
        assert!(service.says().contains("were not read again, so those of before decide"));
        assert!(decides(&service).contains("\"decision\":\"allow\""));
        let ready = service.ask("GET", "/readyz", "", "");
        assert!(
            ready.starts_with("200 ready\npolicy shop ") && ready.contains("what was read before decides"),
            "{ready}"
        );
        service.write("shop.pol", &original.replace(", list_orders", ""));
        assert_eq!(service.says(), "policyc: the policies were read again");
        assert!(decides(&service).contains("\"rule\":\"(default deny)\""));
        assert!(!service.ask("GET", "/readyz", "", "").contains("before decides"));
        stopped.store(true, std::sync::atomic::Ordering::SeqCst);
        assert!(asker.join().unwrap() > 0);
    });
    // A catalogue and the tokens belong to it, too.
    service.write("tools.json", "[");
    assert!(service.says().contains("were not read again"));
    service.write("tools.json", crate::TOOLS);
    assert_eq!(service.says(), "policyc: the policies were read again");
    // A signal asks for it even if nothing has changed.
    #[cfg(unix)]
    {
        let asked =
            std::process::Command::new("kill").args(["-HUP", &service.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        assert_eq!(service.says(), "policyc: the policies were read again");
    }
    service.write("tokens", "a-new-token-for-the-tests");
    assert_eq!(service.says(), "policyc: the policies were read again");
    assert!(decides(&service).starts_with("401 "));
}

#[cfg(unix)]
#[test]
fn a_socket_of_the_file_system() {
    let folder = shop();
    let mut service = Service::with(folder, &["--listen", "unix:pdp.sock", "--metrics-listen", "127.0.0.1:0"]);
    let path = service.folder.path().join("pdp.sock");
    let ask = |path: &std::path::Path, wanted: &str| {
        short(&exchange(&mut std::os::unix::net::UnixStream::connect(path).unwrap(), wanted.as_bytes()))
    };
    let head = "Content-Type: application/json\r\n";
    let granted = r#"{"name": "list_orders", "grant": "g"}"#;
    let wanted = request("POST", "/v1/decide", head, granted).replace("Host: localhost", "Host: a.client.of.envoy");
    assert!(ask(&path, &wanted).contains("\"decision\":\"allow\""));
    assert!(ask(&path, &request("GET", "/metrics", "", "")).starts_with("404 "));
    let line = service.says();
    service.address = line.strip_prefix("policyc: metrics at ").unwrap().to_owned();
    assert!(service.ask("GET", "/metrics", "", "").contains("policyc_policy_info{policy=\"shop\""));
    assert!(service.post("/v1/decide", LIST).starts_with("405 "));
    // It ends when it is asked to, and answers what has come.
    let mut held = std::os::unix::net::UnixStream::connect(&path).unwrap();
    let whole = request("POST", "/v1/decide", &format!("{head}Expect: 100-continue\r\n"), LIST);
    let (before, after) = whole.split_at(whole.len() - LIST.len());
    held.write_all(before.as_bytes()).unwrap();
    let mut went_on = [0; 25];
    std::io::Read::read_exact(&mut held, &mut went_on).unwrap();
    let asked = std::process::Command::new("kill").arg(service.child.id().to_string()).status().unwrap();
    assert!(asked.success());
    thread::sleep(Duration::from_millis(50));
    assert!(short(&exchange(&mut held, after.as_bytes())).contains("\"decision\":\"allow\""));
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
    assert!(!path.exists());
}

#[test]
fn services_that_do_not_start() {
    let folder = shop();
    let path = |name: &str| folder.path().join(name).into_os_string().into_string().unwrap();
    std::fs::write(path("broken.pol"), "allow (").unwrap();
    std::fs::write(path("short"), "short\n").unwrap();
    let shop = path("shop.pol");
    let rows: [(&[&str], &str); 7] = [
        (&[&shop, "--listen", "0.0.0.0:0"], "callers must have a token"),
        (&[&shop, "--listen", "everywhere"], "`everywhere` is no address"),
        (&[&shop, "--token-file", &path("short")], "a token has at least 16 characters"),
        (&[&shop, "--token-file", &path("none")], "cannot read"),
        (&[&shop, "--server", "other"], "no policy has a server `other`"),
        (&[&path("broken.pol")], "has errors, on line 1"),
        (&[&shop, "--public-url", "http://pdp.example"], "is no address such as `https://pdp.example`"),
    ];
    for (options, wanted) in rows {
        let line = [&["serve", "--listen", "127.0.0.1:0"], options].concat();
        let line: Vec<&str> = if options.contains(&"--listen") { [&["serve"], options].concat() } else { line };
        let (exit, output, error) = crate::run::in_process(&line, b"");
        assert_eq!((exit, output.as_str()), (crate::run::Exit::Failure, ""), "{error}");
        assert!(error.contains(wanted), "{error}");
    }
}
