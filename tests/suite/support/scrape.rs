//! A scraper: asks for metrics over a socket, and reads the text by the rules of OpenMetrics 1.0.

use std::collections::{BTreeMap, BTreeSet};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// All metrics at one moment, by the names of their families.
#[derive(Debug)]
pub struct Scrape(pub BTreeMap<String, Family>);

#[derive(Debug, Default)]
pub struct Family {
    pub kind: String,
    pub unit: String,
    pub help: String,
    samples: Vec<Sample>,
}

#[derive(Debug)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

/// Sends a request as it is, and returns what is answered until the connection ends.
pub async fn exchange(address: &str, request: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    // Who refuses a request may end the connection before it has read all of it.
    let _ = socket.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Asks for metrics, and returns the head of the answer and its body.
pub async fn get(address: &str, accept: &str) -> (String, String) {
    let answer = exchange(address, &format!("GET /metrics HTTP/1.1\r\nhost: test\r\naccept: {accept}\r\n\r\n")).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    (head.to_lowercase(), body.to_owned())
}

impl Scrape {
    pub async fn of(address: &str) -> Self {
        let (head, body) = get(address, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5").await;
        assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"), "{head}");
        Self::parse(&body)
    }

    /// Reads the text; whatever breaks a rule is a panic.
    pub fn parse(text: &str) -> Self {
        let text = text.strip_suffix("# EOF\n").expect("the end is said");
        let mut families: BTreeMap<String, Family> = BTreeMap::new();
        let (mut current, mut series) = (String::new(), BTreeSet::new());
        for line in text.lines() {
            if let Some(said) = line.strip_prefix("# ") {
                let [what, name, value]: [&str; 3] = said.splitn(3, ' ').collect::<Vec<_>>().try_into().expect(line);
                if name != current {
                    assert!(!families.contains_key(name), "{name} is in two places");
                    name.clone_into(&mut current);
                }
                let family = families.entry(current.clone()).or_default();
                assert!(family.samples.is_empty(), "{line} comes after samples");
                let place = match what {
                    "HELP" => &mut family.help,
                    "TYPE" => &mut family.kind,
                    "UNIT" => &mut family.unit,
                    _ => panic!("{line}"),
                };
                assert!(place.is_empty() && !value.is_empty(), "{line}");
                value.clone_into(place);
            } else {
                assert!(series.insert(line.rsplit_once(' ').unwrap().0.to_owned()), "{line} comes twice");
                families.get_mut(&current).expect(line).samples.push(Sample::parse(line));
            }
        }
        for (name, family) in &families {
            family.check(name);
        }
        Self(families)
    }

    /// The sum of the samples of a name that have these labels, and maybe others.
    pub fn measure(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.samples(name, labels).map(|sample| sample.value).sum()
    }

    /// The same of what is counted.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let sum = self.measure(name, labels);
        assert!(sum.fract() == 0.0 && sum >= 0.0, "{name} {labels:?}: {sum}");
        sum as u64
    }

    /// What the only sample of a name counts that has these labels.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        assert_eq!(self.samples(name, labels).count(), 1, "{name} {labels:?}");
        self.sum(name, labels)
    }

    fn samples<'a>(&'a self, name: &'a str, labels: &'a [(&str, &str)]) -> impl Iterator<Item = &'a Sample> {
        let has = move |sample: &Sample| {
            labels.iter().all(|(label, value)| sample.labels.get(*label).is_some_and(|it| it == value))
        };
        self.0.values().flat_map(|family| &family.samples).filter(move |sample| sample.name == name && has(sample))
    }
}

impl Family {
    /// The labels that its samples have, without what the format adds.
    pub fn labels(&self) -> BTreeSet<&str> {
        let labels = self.samples.iter().flat_map(|sample| sample.labels.keys());
        labels.map(String::as_str).filter(|label| *label != "le").collect()
    }

    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    fn check(&self, name: &str) {
        assert!(is_name(name), "{name:?}");
        assert!(!self.help.is_empty(), "{name} has no help");
        assert!(
            self.unit.is_empty() || name.ends_with(&format!("_{}", self.unit)),
            "{name} does not end with its unit"
        );
        let suffixes: &[&str] = match self.kind.as_str() {
            "counter" => &["_total"],
            "gauge" => &[""],
            "histogram" => &["_bucket", "_count", "_sum"],
            "info" => &["_info"],
            kind => panic!("{name} is of no known kind: {kind:?}"),
        };
        for sample in &self.samples {
            let suffix = sample.name.strip_prefix(name);
            assert!(suffix.is_some_and(|suffix| suffixes.contains(&suffix)), "{} in {name}", sample.name);
            assert!(sample.value.is_finite() && sample.value >= 0.0, "{sample:?}");
            assert_eq!(sample.labels.contains_key("le"), suffix == Some("_bucket"), "{sample:?}");
        }
        if self.kind == "histogram" {
            self.check_buckets();
        }
    }

    /// The buckets of each series add up, and the last holds all.
    fn check_buckets(&self) {
        let mut series: BTreeMap<BTreeMap<String, String>, Vec<(f64, f64)>> = BTreeMap::new();
        for sample in &self.samples {
            let mut labels = sample.labels.clone();
            if let Some(limit) = labels.remove("le") {
                series.entry(labels).or_default().push((limit.parse().unwrap(), sample.value));
            }
        }
        for (labels, buckets) in series {
            assert!(buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1), "{labels:?} {buckets:?}");
            let all = self.samples.iter().find(|sample| sample.name.ends_with("_count") && sample.labels == labels);
            assert_eq!(buckets.last(), Some(&(f64::INFINITY, all.unwrap().value)), "{labels:?}");
        }
    }
}

impl Sample {
    /// `name{label="value",label="value"} value`. None of our values holds what would have to be escaped.
    fn parse(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').expect(line);
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix('}').expect(line)),
            None => (series, ""),
        };
        let label = |label: &str| {
            let (name, value) = label.split_once('=').expect(line);
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).expect(line);
            assert!(is_name(name) && !value.is_empty() && !value.contains(['"', '\\']), "{line}");
            (name.to_owned(), value.to_owned())
        };
        let labels: Vec<_> = labels.split(',').filter(|it| !it.is_empty()).map(label).collect();
        let distinct: BTreeMap<_, _> = labels.iter().cloned().collect();
        assert_eq!(distinct.len(), labels.len(), "a label twice: {line}");
        Self { name: name.to_owned(), labels: distinct, value: value.parse().expect(line) }
    }
}

fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|it: char| it.is_ascii_lowercase());
    starts && text.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
}
