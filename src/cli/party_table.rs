//! Parties and their calendars, as they are shown.

use super::{failure::Failure, print::print_json, text};
use crate::api::v1::{Calendar, Party, PartyKind};

/// Prints parties, one a line.
pub(super) fn print(parties: &[Party], json: bool) -> Result<(), Failure> {
    if json {
        return parties.iter().try_for_each(|party| print_json("Party", party, false));
    }
    let kind = |party: &Party| match party.kind() {
        PartyKind::Unspecified => String::new(),
        kind => kind.as_str_name().trim_start_matches("PARTY_KIND_").to_lowercase(),
    };
    let row =
        |it: &Party| vec![it.party.clone(), it.display_name.clone(), kind(it), it.category.clone(), it.parent.clone()];
    let header = ["PARTY", "NAME", "KIND", "CATEGORY", "PART OF"];
    say!("{}", text::table(&header, &[], parties.iter().map(row).collect()));
    Ok(())
}

/// Prints when a party works.
pub(super) fn print_calendars(party: &Party, json: bool) -> Result<(), Failure> {
    if json {
        return print_json("Party", party, false);
    }
    let row = |it: &Calendar| {
        let since = it.valid_from.map_or_else(|| "ever".to_owned(), |since| since.to_string());
        let hours = if it.hours.is_empty() { "always".to_owned() } else { it.hours.join(", ") };
        vec![since, it.zone.clone(), hours, it.holidays.len().to_string(), it.version.clone()]
    };
    let header = ["SINCE", "ZONE", "HOURS", "HOLIDAYS", "VERSION"];
    say!("{}", text::table(&header, &[3], party.calendars.iter().map(row).collect()));
    Ok(())
}
