//! Hostile input (assurance.md S8): requests of any shape by every role; none is a fault of ours, and none of the requests
//! after it suffers. `TORVAN_FUZZ_REQUESTS` and `TORVAN_FUZZ_SEED` repeat a run; the seed is in every message.

use axum::http::Method;
use serde_json::{Value, json};
use torvan_server::api::endpoint::{Action, Endpoint};
use torvan_server::api::endpoints;
use torvan_store::surface::{Column, surface};
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Site};

const PEOPLE: [&str; 6] = [
    "sample.admin",
    "sample.sales",
    "sample.production",
    "sample.quality",
    "sample.technician",
    "sample.service",
];

const TEXTS: [&str; 22] = [
    "",
    " ",
    "0",
    "-1",
    "1",
    "9223372036854775807",
    "9223372036854775808",
    "1e400",
    "NaN",
    "true",
    "null",
    "{}",
    "[]",
    "2027-02-30",
    "infinity",
    "'; DROP TABLE orders; --",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "%00",
    "\u{202e}abc",
    "STELMO",
    "sample.admin",
];

/// `SplitMix64`: the same requests for the same seed, on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or_default() % limit
    }

    fn sign(&mut self) -> char {
        u32::try_from(self.next() % 0x2_0000).ok().and_then(char::from_u32).unwrap_or('?')
    }

    fn text(&mut self) -> String {
        match self.below(12) {
            0 => "x".repeat(self.below(5_000)),
            1 => (0..self.below(40)).map(|_| self.sign()).collect(),
            2 => self.below(60).to_string(),
            _ => TEXTS[self.below(TEXTS.len())].to_owned(),
        }
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth > 3 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(self.below(100)),
            3 => json!(i64::MIN),
            4 => json!(1.5e300),
            5 | 6 => json!(self.text()),
            7 => (0..self.below(4)).map(|_| self.value(depth + 1)).collect(),
            _ => Value::Object(
                (0..self.below(4)).map(|_| (self.text().replace('\0', ""), self.value(depth + 1))).collect(),
            ),
        }
    }
}

fn named(columns: &[&Column]) -> Vec<String> {
    columns.iter().map(|column| column.name.clone()).collect()
}

fn names(endpoint: &Endpoint) -> Vec<String> {
    match &endpoint.action {
        Action::Call(spec) => surface().functions[spec.function]
            .arguments
            .iter()
            .map(|argument| argument.public_name().to_owned())
            .collect(),
        Action::Insert { relation, .. } => named(&surface().relations[*relation].insertable()),
        Action::Update { relation } => named(&surface().relations[*relation].updatable()),
        Action::Delete { .. } => Vec::new(),
        Action::Own { body, .. } => body.iter().map(|field| field.name.to_owned()).collect(),
        Action::List(_) | Action::Read { .. } => {
            ["limit", "cursor", "sort", "fields", "count", "format", "filter[state]", "filter[x][y]"]
                .map(str::to_owned)
                .to_vec()
        }
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn one(dice: &mut Dice, client: &mut Client, all: &[&'static Endpoint]) -> (String, u16, String) {
    let endpoint = all[dice.below(all.len())];
    let mut path = endpoint.path.to_owned();
    for name in endpoint.path_parameters() {
        let value = if dice.below(2) == 0 { (1 + dice.below(12)).to_string() } else { dice.text() };
        let value = encoded(&value.replace('\0', ""));
        path = path.replace(&format!("{{{name}}}"), if value.is_empty() { "0" } else { &value });
    }
    let known = names(endpoint);
    let given: Vec<String> = known.into_iter().filter(|_| dice.below(5) > 0).collect();
    let method = endpoint.method.http();
    let version = match (&endpoint.action, dice.below(2)) {
        // As often as not the version that is there, so that the change is tried.
        (Action::Update { .. } | Action::Delete { .. }, 0) => {
            client.send(Method::GET, &path, None, &[]).await.header("etag").to_owned()
        }
        _ => format!("\"v{}\"", dice.below(4)),
    };
    let reply = if method == Method::GET {
        let pairs: Vec<String> =
            given.iter().map(|name| format!("{}={}", encoded(name), encoded(&dice.text()))).collect();
        client.send(method, &format!("{path}?{}", pairs.join("&")), None, &[]).await
    } else if dice.below(8) == 0 {
        let bytes: Vec<u8> =
            (0..dice.below(64)).map(|_| u8::try_from(dice.below(256)).unwrap_or_default()).collect();
        client.send_bytes(method, &path, Some(bytes), &[("if-match", &version)]).await
    } else {
        let body: Value = Value::Object(given.into_iter().map(|name| (name, dice.value(0))).collect());
        client.send(method, &path, Some(body), &[("if-match", &version)]).await
    };
    (
        endpoint.name(),
        reply.status.as_u16(),
        String::from_utf8_lossy(&reply.bytes).chars().take(400).collect(),
    )
}

async fn revive(db: &TestDatabase) {
    let statement = "UPDATE users SET account_state = 'ACTIVE', state_reason = NULL, must_change_password = false, expires_at = NULL WHERE login LIKE 'sample.%'";
    sqlx::query(statement).execute(db.pool()).await.expect("accounts");
}

async fn many(seed: u64, person: &'static str, requests: usize) -> Vec<String> {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut dice =
        Dice(person.bytes().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))));
    // What ends the own session would make all that follows a test of 401.
    let all: Vec<&Endpoint> = endpoints().filter(|endpoint| !endpoint.path.starts_with("/session")).collect();
    let mut client = site.person(person).await;
    let mut faults = Vec::new();
    for place in 0..requests {
        let (name, status, said) = one(&mut dice, &mut client, &all).await;
        if status >= 500 {
            faults.push(format!("seed {seed}, {person}, request {place}: {name}: {status} {said}"));
        }
        if status == 401 || place % 500 == 499 {
            // Requests of an Administrator may have taken the account away.
            revive(&db).await;
            client = site.person(person).await;
        }
    }
    faults
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_is_a_fault_of_ours() {
    let asked = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = asked("TORVAN_FUZZ_SEED").unwrap_or(20_261_125);
    let requests = usize::try_from(asked("TORVAN_FUZZ_REQUESTS").unwrap_or(100_000)).unwrap_or(100_000);
    let mut working = tokio::task::JoinSet::new();
    for person in PEOPLE {
        working.spawn(many(seed, person, requests / PEOPLE.len()));
    }
    let faults: Vec<String> = working.join_all().await.into_iter().flatten().collect();
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
}
