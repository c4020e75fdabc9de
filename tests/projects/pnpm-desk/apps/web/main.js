document.title = "Desks";
