#[tokio::test]
async fn health_answers() {
    let Ok(base) = std::env::var("LINKS_TEST_URL") else {
        return;
    };
    assert!(reqwest::get(format!("{base}/health")).await.unwrap().status().is_success());
}
