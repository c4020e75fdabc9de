import { Controller, Get, Header } from "@nestjs/common";
import { register } from "prom-client";

@Controller("health")
export class HealthController {
  @Get()
  health() {
    return { status: "ok" };
  }
}

@Controller("metrics")
export class MetricsController {
  @Get()
  @Header("Content-Type", register.contentType)
  metrics() {
    return register.metrics();
  }
}
