//! A bell rang for a connection, so its deliveries are worked, as long as the function has time. What is left then is rung
//! for again.

use crate::{home::Home, records, settings, time};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, Error, LambdaEvent, service_fn};
use psa_bridge_core::{
    ids::ConnectionId,
    usecases::work::{WorkError, Worker},
};
use psa_connector::transport::Deadline;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Works what bells rang for.
struct Tickets {
    worker: Worker,
    longest_call: SignedDuration,
    deadline: Deadline,
}

/// Runs the function.
pub async fn run() -> Result<(), Error> {
    let home = Home::open();
    let (store, vault) = (home.store()?, home.vault()?);
    let worker = Worker {
        connectors: home.connectors(&store, &vault)?,
        store,
        vault,
        bell: home.bell()?,
        clock: home.clock(),
        plan: settings::work_plan(home.env())?,
        stopping: CancellationToken::new(),
    };
    let longest_call = SignedDuration::try_from(settings::psa_timeout(home.env())?)?;
    let tickets = Arc::new(Tickets { worker, longest_call, deadline: home.deadline() });
    lambda_runtime::run(service_fn(|event: LambdaEvent<SqsEvent>| {
        let tickets = Arc::clone(&tickets);
        async move { Ok::<_, Error>(tickets.handle(event.payload, &event.context).await) }
    }))
    .await
}

impl Tickets {
    async fn handle(&self, batch: SqsEvent, context: &Context) -> SqsBatchResponse {
        self.deadline.set(time::last_answer(context));
        let until = time::last_call(context, self.longest_call, self.worker.clock.now());
        records::each(batch, |message| work(self.worker.clone(), message.body, until)).await
    }
}

/// Works one connection. Where the store fails the bell counts as heard: the sweep rings again once it is back, and a
/// message that comes again and again would end among those that need a person.
async fn work(worker: Worker, body: String, until: Timestamp) -> Result<(), String> {
    let connection: ConnectionId = body.parse().map_err(|_| "the message names no connection".to_owned())?;
    let time = until.duration_since(worker.clock.now());
    match psa_bridge_tickets::work(&worker, &connection, time).await {
        Ok(_) | Err(WorkError::Store(_)) => Ok(()),
        Err(error @ WorkError::Step(_)) => Err(error.to_string()),
    }
}
