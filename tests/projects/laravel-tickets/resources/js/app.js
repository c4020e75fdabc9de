document.querySelector("form")?.addEventListener("submit", () => console.info("sent"));
