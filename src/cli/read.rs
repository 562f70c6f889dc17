//! `rapport score`, `rapport list` and `rapport events`: reading from a server.

use clap::{Args, ValueEnum};

use super::{
    args::{LifeArgs, MomentArgs, OutputArgs, ServerArgs, left_out, moment},
    client::{self, page_size},
    failure::Failure,
    print::print_json,
    text,
};
use crate::{
    api::{
        to_json,
        v1::{
            EventState, GetScoreRequest, LeftOut, Lens, ListEventsRequest, ListScoresRequest, RecordedEvent, Score,
            ScoreView, Standing,
        },
        wire_time,
    },
    time::Timestamp,
};

#[derive(Args)]
pub(super) struct ScoreArgs {
    /// The party that asks.
    customer: String,
    /// The party that is asked.
    supplier: String,
    #[command(flatten)]
    moment: MomentArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn score(args: ScoreArgs) -> Result<(), Failure> {
    let request = GetScoreRequest {
        customer: args.customer,
        supplier: args.supplier,
        view: ScoreView::Full.into(),
        as_of: args.moment.as_of.map(wire_time),
        known_at: args.moment.known_at.map(wire_time),
        at_least_as_fresh: String::new(),
    };
    let score = client::scores(&args.server).await?.get_score(request).await?.into_inner().score.unwrap_or_default();
    if args.output.json {
        print_json("Score", &score, true)
    } else {
        put!("{}", text::score_card(&score));
        Ok(())
    }
}

/// What a ranking goes by.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum OrderBy {
    /// The responsiveness score.
    Responsiveness,
    /// The partnership score.
    Partnership,
    /// How good a customer the customer is.
    Customership,
    /// Value that changed hands, in one currency.
    ValueExchanged,
    /// Value of what was lately asked for, in one currency.
    Potential,
    /// Recommendations to third parties.
    Advocacy,
    /// How both sides rate each other.
    Regard,
    /// How much is known.
    Evidence,
}

impl From<OrderBy> for Lens {
    fn from(order_by: OrderBy) -> Self {
        match order_by {
            OrderBy::Responsiveness => Self::Responsiveness,
            OrderBy::Partnership => Self::Partnership,
            OrderBy::Customership => Self::Customership,
            OrderBy::ValueExchanged => Self::ValueExchanged,
            OrderBy::Potential => Self::Potential,
            OrderBy::Advocacy => Self::Advocacy,
            OrderBy::Regard => Self::Regard,
            OrderBy::Evidence => Self::Evidence,
        }
    }
}

/// A standing to select by.
#[derive(Clone, Copy, ValueEnum)]
enum Band {
    Unproven,
    Preferred,
    Reliable,
    AtRisk,
    Failing,
}

impl From<Band> for Standing {
    fn from(band: Band) -> Self {
        match band {
            Band::Unproven => Self::Unproven,
            Band::Preferred => Self::Preferred,
            Band::Reliable => Self::Reliable,
            Band::AtRisk => Self::AtRisk,
            Band::Failing => Self::Failing,
        }
    }
}

#[derive(Args)]
pub(super) struct ListArgs {
    /// Only relationships in which this party asks.
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// Only relationships in which this party is asked.
    #[arg(long, value_name = "ID")]
    supplier: Option<String>,
    /// What to rank by, best first.
    #[arg(long, value_enum, default_value = "partnership")]
    order_by: OrderBy,
    /// With --order-by value-exchanged or potential: the currency to go by; the one with the most if not given.
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Only relationships of this standing; may be given several times.
    #[arg(long, value_enum, value_name = "STANDING")]
    standing: Vec<Band>,
    /// Only this party and everything that is part of it: among the customers where only --supplier is given, else among
    /// the suppliers.
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
    /// Only parties of this category, likewise.
    #[arg(long, value_name = "CATEGORY")]
    category: Option<String>,
    #[command(flatten)]
    life: LifeArgs,
    #[command(flatten)]
    moment: MomentArgs,
    /// Show at most so many; all if not given.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// With --json: channels and KPIs too.
    #[arg(long, requires = "json")]
    full: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn list(args: ListArgs) -> Result<(), Failure> {
    let request = ListScoresRequest {
        customer: args.customer.unwrap_or_default(),
        supplier: args.supplier.unwrap_or_default(),
        view: if args.full { ScoreView::Full } else { ScoreView::Basic }.into(),
        order_by: Lens::from(args.order_by).into(),
        standings: args.standing.iter().map(|&band| Standing::from(band).into()).collect(),
        currency_code: args.currency.unwrap_or_default(),
        parent: args.parent.unwrap_or_default(),
        category: args.category.unwrap_or_default(),
        include: args.life.wire(),
        as_of: args.moment.as_of.map(wire_time),
        known_at: args.moment.known_at.map(wire_time),
        ..ListScoresRequest::default()
    };
    let Ranking { mut scores, left_out: without } =
        ranked(&args.server, request, args.limit.unwrap_or(usize::MAX)).await?;
    let without = left_out(&without);
    // A revision names a database; without it equal scores print equally, whatever database they come from.
    for score in &mut scores {
        score.revision.clear();
    }
    if args.output.json {
        scores.iter().try_for_each(|score| print_json("Score", score, true))?;
        // Beside the messages, one a line, there is no room for it.
        if let Some(without) = &without {
            eprintln!("{without}");
        }
    } else {
        say!("{}", text::ranking(&scores));
        if let Some(without) = &without {
            say!("{without}");
        }
    }
    Ok(())
}

/// A ranking, and what it leaves out.
pub(super) struct Ranking {
    pub scores: Vec<Score>,
    pub left_out: LeftOut,
}

/// Every page of a ranking, up to `limit` scores.
pub(super) async fn ranked(
    server: &ServerArgs,
    mut request: ListScoresRequest,
    limit: usize,
) -> Result<Ranking, Failure> {
    let mut client = client::scores(server).await?;
    let (mut scores, mut left_out) = (Vec::new(), LeftOut::default());
    while scores.len() < limit {
        request.page_size = page_size(limit - scores.len());
        let page = client.list_scores(request.clone()).await?.into_inner();
        scores.extend(page.scores);
        left_out = page.left_out.unwrap_or_default();
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    Ok(Ranking { scores, left_out })
}

#[derive(Args)]
pub(super) struct EventsArgs {
    /// Only events of this customer.
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// Only events of this supplier.
    #[arg(long, value_name = "ID")]
    supplier: Option<String>,
    /// Only events of this interaction; needs --customer and --supplier.
    #[arg(long, requires = "customer", requires = "supplier", value_name = "ID")]
    interaction: Option<String>,
    /// Only what occurred at this time or later.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Only what occurred before this time.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    before: Option<Timestamp>,
    /// Show at most so many; all if not given.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn events(args: EventsArgs) -> Result<(), Failure> {
    let mut request = ListEventsRequest {
        customer: args.customer.unwrap_or_default(),
        supplier: args.supplier.unwrap_or_default(),
        interaction_id: args.interaction.unwrap_or_default(),
        occurred_from: args.from.map(wire_time),
        occurred_before: args.before.map(wire_time),
        ..ListEventsRequest::default()
    };
    let mut client = client::events(&args.server).await?;
    let mut left = args.limit.unwrap_or(usize::MAX);
    let mut rows = Vec::new();
    while left > 0 {
        request.page_size = page_size(left);
        let page = client.list_events(request.clone()).await?.into_inner();
        left = left.saturating_sub(page.events.len());
        for event in &page.events {
            if args.output.json {
                print_json("RecordedEvent", event, false)?;
            } else {
                rows.push(event_row(event)?);
            }
        }
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    if !args.output.json {
        let header = ["OCCURRED", "CUSTOMER", "SUPPLIER", "INTERACTION", "WHAT", "STATE", "SOURCE", "EVENT"];
        say!("{}", text::table(&header, &[], rows));
    }
    Ok(())
}

fn event_row(recorded: &RecordedEvent) -> Result<Vec<String>, Failure> {
    let event = recorded.event.clone().unwrap_or_default();
    // The payload as the JSON shows it: the one form in which all of them can be read.
    let json = to_json("Event", &event, false).map_err(Failure::new)?;
    let json: serde_json::Value = serde_json::from_str(&json).map_err(|error| Failure::new(error.to_string()))?;
    let what = json.as_object().and_then(|fields| fields.iter().find(|(_, value)| value.is_object()));
    let what = what.map_or(String::new(), |(name, value)| format!("{name} {value}"));
    let state = match recorded.state() {
        EventState::Counted | EventState::Unspecified => "",
        EventState::Waiting => "waiting",
        EventState::Retracted => "retracted",
    };
    Ok(vec![
        event.occurred_at.as_ref().map(ToString::to_string).unwrap_or_default(),
        event.customer,
        event.supplier,
        event.interaction_id,
        what,
        state.to_owned(),
        event.source,
        event.event_id,
    ])
}
