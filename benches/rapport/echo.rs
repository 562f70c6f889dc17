//! A server that sends every message back: what a call costs in itself. It runs as a process of its own, as the service
//! does, in the same kind of server.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    io::{BufRead, BufReader},
    net::Ipv4Addr,
    process::{Child, Command, Stdio},
    task::{Context, Poll},
};

use futures::future::{BoxFuture, FutureExt};
use rapport::api::v1::GetScoreRequest;
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::http,
    server::{Grpc, NamedService, UnaryService},
    transport::{Server, server::TcpIncoming},
};
use tonic_prost::ProstCodec;

use crate::Outcome;

/// The method that echoes a [`GetScoreRequest`].
pub const ECHO: &str = "/rapport.bench.Echo/Echo";
/// The argument that makes this program the server.
pub const ARGUMENT: &str = "--serve-echo";

/// A running echo; it ends when it is dropped.
pub struct Echo {
    process: Child,
    pub url: String,
}

impl Echo {
    pub fn start() -> Outcome<Self> {
        let mut process = Command::new(std::env::current_exe()?).arg(ARGUMENT).stdout(Stdio::piped()).spawn()?;
        let mut url = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut url)?;
        }
        Ok(Self { process, url: url.trim_end().to_owned() })
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves until the process is ended; the first line it prints is its address.
pub async fn serve() -> Outcome<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("http://{}", listener.local_addr()?);
    Server::builder()
        .add_service(EchoService)
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await?;
    Ok(())
}

#[derive(Clone)]
struct EchoService;

impl NamedService for EchoService {
    const NAME: &'static str = "rapport.bench.Echo";
}

impl tower::Service<http::Request<Body>> for EchoService {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        async move {
            let codec = ProstCodec::<GetScoreRequest, GetScoreRequest>::default();
            Ok(Grpc::new(codec).unary(SayAgain, request).await)
        }
        .boxed()
    }
}

struct SayAgain;

impl UnaryService<GetScoreRequest> for SayAgain {
    type Response = GetScoreRequest;
    type Future = Ready<Result<Response<GetScoreRequest>, Status>>;

    fn call(&mut self, request: Request<GetScoreRequest>) -> Self::Future {
        ready(Ok(Response::new(request.into_inner())))
    }
}
