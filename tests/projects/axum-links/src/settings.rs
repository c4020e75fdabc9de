//! What the server has to be told.

pub struct Settings {
    pub port: u16,
    pub database_url: String,
}

impl Settings {
    /// Reads the environment; panics where a variable is missing.
    pub fn from_env() -> Self {
        Self {
            port: std::env::var("PORT")
                .ok()
                .and_then(|port| port.parse().ok())
                .unwrap_or(3100),
            database_url: std::env::var("DATABASE_URL").expect("DATABASE_URL"),
        }
    }
}
