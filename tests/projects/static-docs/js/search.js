const field = document.getElementById("search");
field.addEventListener("input", () => {
  for (const item of document.querySelectorAll("#pages li")) {
    item.hidden = !item.textContent.toLowerCase().includes(field.value.toLowerCase());
  }
});
