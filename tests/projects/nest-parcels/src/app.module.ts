import { Module } from "@nestjs/common";
import { HealthController, MetricsController } from "./health.controller";
import { ParcelsController } from "./parcels.controller";

@Module({ controllers: [HealthController, MetricsController, ParcelsController] })
export class AppModule {}
