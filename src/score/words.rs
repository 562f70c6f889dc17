//! What is said in several places, in plain words.

use crate::{
    event::{EndReason, PartyRole},
    interaction::{Ending, Strike},
};

/// What was refused, why, in which interaction and when.
pub(super) fn refused(strikes: &[Strike]) -> String {
    let told = strikes.iter().map(|strike| {
        let reason = strike.reason.name().replace('_', " ");
        format!("{reason} ({}, {})", strike.interaction, strike.at.date())
    });
    told.collect::<Vec<_>>().join(", then ")
}

/// Who ended a relationship, and why.
pub(super) fn ended(ending: &Ending) -> String {
    let why = match ending.reason {
        EndReason::Moved => "moved".to_owned() + &ending.to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default(),
        EndReason::NoNeed => "no need any more".to_owned(),
        EndReason::Insolvent => "insolvent".to_owned(),
        EndReason::Other => "for another reason".to_owned(),
    };
    let by = match ending.by {
        PartyRole::Customer => "customer",
        PartyRole::Supplier => "supplier",
    };
    format!("ended by the {by} ({why})")
}
