import { Router } from "express";

export default function health() {
  const router = Router();
  router.get("/", (request, response) => {
    response.json({ status: "ok" });
  });
  return router;
}
