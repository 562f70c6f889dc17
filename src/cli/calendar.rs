//! `rapport parties calendar`: saying when a party works.

use std::{collections::BTreeSet, path::Path};

use clap::Args;
use tonic::Code;

use super::{
    args::{OutputArgs, ServerArgs, moment},
    client,
    failure::Failure,
    holidays,
    party_table::print_calendars,
};
use crate::{
    api::{
        v1::{Calendar, FieldViolation, GetPartyRequest, Party, PartyResult, UpsertPartiesRequest, UpsertStatus},
        wire_time,
    },
    time::{Clock, SystemClock, Timestamp},
};

/// Years ahead for which yearly holidays of a file are told.
const YEARS_AHEAD: i16 = 10;
/// Largest file of holidays, in bytes.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

#[derive(Args)]
#[command(
    after_help = "What was said before stays, but for a calendar with the same --valid-from; parts of the party without \
    calendars of their own work by it too. The scores of its relationships are made anew at once."
)]
pub(super) struct CalendarArgs {
    /// The party's id.
    party: String,
    /// The time zone of hours and holidays, such as Europe/Berlin.
    #[arg(long, value_name = "ZONE")]
    zone: String,
    /// Working hours, such as "mon-fri 09:00-17:00", several times or with commas between; all day, every day if not given.
    #[arg(long, value_name = "HOURS", value_delimiter = ',')]
    hours: Vec<String>,
    /// Days on which nobody works: dates, or iCalendar files, several times or with commas between.
    #[arg(long, value_name = "DATE|FILE", value_delimiter = ',')]
    holidays: Vec<String>,
    /// Since when it holds; for ever if not given.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    valid_from: Option<Timestamp>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn run(args: CalendarArgs) -> Result<(), Failure> {
    let calendar = Calendar {
        zone: args.zone,
        hours: args.hours.iter().map(|line| line.trim().to_owned()).collect(),
        holidays: read_holidays(&args.holidays)?.into_iter().collect(),
        valid_from: args.valid_from.map(wire_time),
        version: String::new(),
    };
    let mut client = client::parties(&args.server).await?;
    let get = |at_least_as_fresh| GetPartyRequest { party: args.party.clone(), at_least_as_fresh };
    let known = match client.get_party(get(String::new())).await {
        Ok(answer) => answer.into_inner().party.unwrap_or_default(),
        Err(status) if status.code() == Code::NotFound => Party { party: args.party.clone(), ..Party::default() },
        Err(status) => return Err(status.into()),
    };
    // What is not mentioned stays, so that nobody else's calendar is overwritten.
    let parties = vec![Party { calendars: vec![calendar], ..known }];
    let answer = client.upsert_parties(UpsertPartiesRequest { parties }).await?.into_inner();
    if let Some(refused) = answer.results.into_iter().find(|it| it.status() == UpsertStatus::Rejected) {
        return Err(Failure::new(faults(&refused)));
    }
    let party = client.get_party(get(answer.revision)).await?.into_inner().party.unwrap_or_default();
    print_calendars(&party, args.output.json)
}

fn faults(PartyResult { message, violations, .. }: &PartyResult) -> String {
    let fault = |FieldViolation { field, description }: &FieldViolation| {
        format!("\n  {} {description}", field.trim_start_matches("calendars[0]."))
    };
    if violations.is_empty() {
        message.clone()
    } else {
        format!("refused:{}", violations.iter().map(fault).collect::<String>())
    }
}

/// The days of dates and files.
fn read_holidays(given: &[String]) -> Result<BTreeSet<String>, Failure> {
    let mut days = BTreeSet::new();
    for text in given.iter().map(|text| text.trim()) {
        if text.parse::<jiff::civil::Date>().is_ok() {
            days.insert(text.to_owned());
        } else {
            days.extend(read_file(Path::new(text))?);
        }
    }
    Ok(days)
}

fn read_file(path: &Path) -> Result<Vec<String>, Failure> {
    let cannot =
        |why: String| Failure::new(format!("{} is neither a date nor a file of holidays: {why}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| cannot(error.to_string()))?.len();
    if size > MAX_FILE_BYTES {
        return Err(cannot(format!("it has {size} bytes, more than {MAX_FILE_BYTES}")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| cannot(error.to_string()))?;
    let this_year: i16 = SystemClock.now().date().get(..4).and_then(|year| year.parse().ok()).unwrap_or_default();
    let holidays = holidays::read(&text, this_year + YEARS_AHEAD).map_err(cannot)?;
    if holidays.timed > 0 {
        eprintln!("{} events of {} are at a time of day, and so no holidays", holidays.timed, path.display());
    }
    Ok(holidays.days.keys().map(ToString::to_string).collect())
}
