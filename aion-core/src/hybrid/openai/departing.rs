//! The last moment before a request leaves: its connection stands, and none of its bytes was sent.

use std::pin::Pin;
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::super::external::Departure;
use super::super::failure::Failure;

/// Makes a client write the departure down once it is connected, and before it sends anything over the connection.
///
/// It writes on the client's own thread, which has nothing else to do meanwhile.
#[derive(Clone)]
pub(super) struct Departing(pub(super) Departure);

impl<S> Layer<S> for Departing {
    type Service = DepartingConnector<S>;

    fn layer(&self, connector: S) -> Self::Service {
        DepartingConnector { connector, departure: self.0.clone() }
    }
}

/// A connector whose connections are written down.
#[derive(Clone)]
pub(super) struct DepartingConnector<S> {
    connector: S,
    departure: Departure,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl<S, R> Service<R> for DepartingConnector<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
    S::Response: Send,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let (connecting, departure) = (self.connector.call(request), self.departure.clone());
        Box::pin(async move {
            let connection = connecting.await?;
            departure.depart().map_err(|failure: Failure| Box::new(failure) as BoxError)?;
            Ok(connection)
        })
    }
}
