//! The metrics as text: what was counted, and what is read from the other rooms at that moment.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use prometheus_client::{
    collector::Collector,
    encoding::{
        DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeMetric, MetricEncoder, NoLabelSet,
        prometheus_text, text as open_metrics,
    },
    metrics::histogram::Histogram,
    registry::Registry,
};

use super::{
    calls::CODES,
    definitions::{self as define, Definition},
    process::Process,
    recorder::{Metrics, Opened, REASONS},
};
use crate::{ledger, model::FORMULAS, store::PoolUsage};

/// In which format to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// OpenMetrics 1.0, which has units.
    OpenMetrics,
    /// What Prometheus has always read, and everything else that reads metrics can.
    Prometheus,
}

impl Format {
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => prometheus_text::CONTENT_TYPE,
        }
    }
}

/// All metrics as they are now.
pub(super) fn write(metrics: &Arc<Metrics>, format: Format) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Arc::clone(metrics)));
    let mut text = String::new();
    match format {
        Format::OpenMetrics => open_metrics::encode(&mut text, &registry)?,
        Format::Prometheus => prometheus_text::encode(&mut text, &registry)?,
    }
    Ok(text)
}

impl Collector for Metrics {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut text = Text(encoder);
        self.write_calls(&mut text)?;
        self.write_events(&mut text)?;
        if let Some(opened) = self.opened.get() {
            write_queue(&mut text, opened)?;
            write_cache(&mut text, opened)?;
        }
        write_pools(&mut text, self.store.pool_usage())?;
        if let Some(opened) = self.opened.get() {
            self.write_progress(&mut text, opened)?;
        }
        write_process(&mut text, &Process::read())?;
        text.family(&define::BUILD, |family| {
            let formulas = FORMULAS.to_string();
            family.encode_info(&labels(&define::BUILD, [env!("CARGO_PKG_VERSION"), &formulas]))
        })
    }
}

impl Metrics {
    fn write_calls(&self, text: &mut Text<'_>) -> fmt::Result {
        let methods = || self.calls.iter();
        let ended = methods().flat_map(|calls| {
            let counted = CODES.iter().zip(&calls.ended).map(|(code, ended)| (*code, ended.get()));
            // A method that was never called has a series to begin from; not each of its codes.
            let counted = counted.filter(|(code, ended)| *ended > 0 || *code == CODES[0]);
            counted.map(|(code, ended)| ([calls.method.name(), code], ended))
        });
        text.counters(&define::CALLS, ended)?;
        let called = methods().filter(|calls| calls.ended.iter().any(|ended| ended.get() > 0));
        text.histograms(&define::CALL_DURATION, called.map(|calls| ([calls.method.name()], &calls.duration)))?;
        let open = |streams: bool| {
            let alike = methods().filter(move |calls| calls.method.is_stream() == streams);
            alike.map(|calls| ([calls.method.name()], calls.open.get()))
        };
        text.gauges(&define::CALLS_OPEN, open(false))?;
        text.gauges(&define::STREAMS_OPEN, open(true))
    }

    fn write_events(&self, text: &mut Text<'_>) -> fmt::Result {
        let results = ledger::Settlement::ALL.iter().zip(&self.events);
        text.counters(&define::EVENTS, results.map(|(result, events)| ([result.name()], events.get())))?;
        text.histograms(&define::COMMIT_EVENTS, [([], &self.commit_events)])?;
        text.histograms(&define::COMMIT_DURATION, [([], &self.commit_duration)])?;
        let reasons = REASONS.iter().zip(&self.commit_failures);
        text.counters(&define::COMMIT_FAILURES, reasons.map(|(reason, failures)| ([*reason], failures.get())))?;
        text.counters(&define::QUEUE_REFUSALS, [([], self.queue_refusals.get())])
    }

    fn write_progress(&self, text: &mut Text<'_>, opened: &Opened) -> fmt::Result {
        let courses = opened.rebuilds.iter().map(|course| course.read());
        let (folded, relationships) = courses.fold((0, 0), |sum, course| (sum.0 + course.0, sum.1 + course.1));
        text.gauges(&define::REBUILD_FOLDED, [([], folded)])?;
        text.gauges(&define::REBUILD_RELATIONSHIPS, [([], relationships)])?;
        text.gauges(&define::REVISION, [([], self.written.load(Relaxed).max(opened.caches.revision().number()))])
    }
}

fn write_queue(text: &mut Text<'_>, opened: &Opened) -> fmt::Result {
    let rooms = opened.queue.usage();
    let each = |value: fn(&ledger::RoomUsage) -> usize| {
        ["call", "stream"].map(|from| [from]).into_iter().zip(rooms.each_ref().map(value))
    };
    text.gauges(&define::QUEUE_EVENTS, each(|room| room.events))?;
    text.gauges(&define::QUEUE_LIMIT_EVENTS, each(|room| room.most_events))?;
    text.gauges(&define::QUEUE_BYTES, each(|room| room.bytes))?;
    text.gauges(&define::QUEUE_LIMIT_BYTES, each(|room| room.most_bytes))
}

fn write_cache(text: &mut Text<'_>, opened: &Opened) -> fmt::Result {
    let usage = opened.caches.usage();
    text.gauges(&define::CACHE_BYTES, [([], usage.bytes)])?;
    text.gauges(&define::CACHE_LIMIT_BYTES, [([], usage.most_bytes)])?;
    text.gauges(&define::CACHE_RELATIONSHIPS, [([], usage.relationships)])?;
    text.counters(&define::CACHE_HITS, [([], usage.hits)])?;
    text.counters(&define::CACHE_MISSES, [([], usage.misses)])?;
    text.counters(&define::CACHE_REFRESHES, [([], usage.refreshes)])
}

fn write_pools(text: &mut Text<'_>, [reading, writing]: [PoolUsage; 2]) -> fmt::Result {
    let pools = [("reading", reading), ("writing", writing)];
    let states =
        pools.iter().flat_map(|(pool, usage)| [([*pool, "in_use"], usage.in_use), ([*pool, "idle"], usage.idle)]);
    text.gauges(&define::POOL_CONNECTIONS, states)?;
    text.gauges(&define::POOL_LIMIT, pools.map(|(pool, usage)| ([pool], usage.most)))?;
    text.counters(&define::POOL_BEGUN, pools.map(|(pool, usage)| ([pool], usage.begun)))?;
    text.counters(&define::POOL_WAIT, pools.map(|(pool, usage)| ([pool], usage.waited.as_secs_f64())))
}

fn write_process(text: &mut Text<'_>, process: &Process) -> fmt::Result {
    let told = [
        (&define::PROCESS_RESIDENT, process.resident_bytes),
        (&define::PROCESS_VIRTUAL, process.virtual_bytes),
        (&define::PROCESS_FDS, process.open_descriptors),
        (&define::PROCESS_MAX_FDS, process.most_descriptors),
    ];
    for (definition, value) in told {
        if let Some(value) = value {
            text.gauges(definition, [([], value)])?;
        }
    }
    Ok(())
}

/// What is being written. Whoever writes a family names a value for each of its labels.
struct Text<'a>(DescriptorEncoder<'a>);

/// The labels of a series.
fn labels<'a>(definition: &Definition, values: impl IntoIterator<Item = &'a str>) -> Vec<(&'static str, &'a str)> {
    definition.labels.iter().copied().zip(values).collect()
}

impl Text<'_> {
    fn family(
        &mut self,
        definition: &Definition,
        series: impl FnOnce(&mut MetricEncoder<'_>) -> fmt::Result,
    ) -> fmt::Result {
        let unit = definition.unit();
        let mut family =
            self.0.encode_descriptor(definition.stem(), definition.help, unit.as_ref(), definition.kind)?;
        series(&mut family)
    }

    fn counters<'a, const L: usize, V: EncodeCounterValue>(
        &mut self,
        definition: &Definition,
        series: impl IntoIterator<Item = ([&'a str; L], V)>,
    ) -> fmt::Result {
        self.family(definition, |family| {
            series.into_iter().try_for_each(|(values, value)| {
                let labels = labels(definition, values);
                family.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&value, None)
            })
        })
    }

    fn gauges<'a, const L: usize, V: EncodeGaugeValue>(
        &mut self,
        definition: &Definition,
        series: impl IntoIterator<Item = ([&'a str; L], V)>,
    ) -> fmt::Result {
        self.family(definition, |family| {
            series.into_iter().try_for_each(|(values, value)| {
                let labels = labels(definition, values);
                family.encode_family(&labels)?.encode_gauge(&value)
            })
        })
    }

    fn histograms<'a, 'b, const L: usize>(
        &mut self,
        definition: &Definition,
        series: impl IntoIterator<Item = ([&'a str; L], &'b Histogram)>,
    ) -> fmt::Result {
        self.family(definition, |family| {
            series.into_iter().try_for_each(|(values, histogram)| {
                let labels = labels(definition, values);
                histogram.encode(family.encode_family(&labels)?)
            })
        })
    }
}
