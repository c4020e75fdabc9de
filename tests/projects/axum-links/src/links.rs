use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Redirect;
use serde::Deserialize;
use sqlx::PgPool;

#[derive(Deserialize)]
pub struct Link {
    code: String,
    target: String,
}

pub async fn add(State(pool): State<PgPool>, Json(link): Json<Link>) -> StatusCode {
    let added = sqlx::query("INSERT INTO link (code, target) VALUES ($1, $2)")
        .bind(link.code)
        .bind(link.target)
        .execute(&pool)
        .await;
    if added.is_ok() { StatusCode::CREATED } else { StatusCode::CONFLICT }
}

pub async fn follow(
    State(pool): State<PgPool>,
    Path(code): Path<String>,
) -> Result<Redirect, StatusCode> {
    sqlx::query_scalar::<_, String>("SELECT target FROM link WHERE code = $1")
        .bind(code)
        .fetch_optional(&pool)
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?
        .map(|target| Redirect::temporary(&target))
        .ok_or(StatusCode::NOT_FOUND)
}
