use std::env;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::routing::{get, post};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

mod links;
mod settings;

#[tokio::main]
async fn main() {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_default_env())
        .init();
    let settings = settings::Settings::from_env();
    let pool = PgPool::connect(&settings.database_url)
        .await
        .expect("a database");
    let app = Router::new()
        .route("/", post(links::add))
        .route("/{code}", get(links::follow))
        .route("/health", get(|| async { "ok" }))
        .with_state(pool);
    let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, settings.port));
    let listener = TcpListener::bind(address).await.expect("a free port");
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "listening");
    axum::serve(listener, app)
        .with_graceful_shutdown(async { tokio::signal::ctrl_c().await.unwrap_or_default() })
        .await
        .expect("a server");
    let _ = env::var("LINKS_GOODBYE").map(|text| println!("{text}"));
}
