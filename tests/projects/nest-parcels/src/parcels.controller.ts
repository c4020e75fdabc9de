import { Controller, Post } from "@nestjs/common";
import { PrismaClient } from "@prisma/client";
import { collectDefaultMetrics, Counter, Histogram } from "prom-client";

collectDefaultMetrics();
const registered = new Counter({
  name: "parcels_registered_total",
  help: "Parcels that were handed in.",
  labelNames: ["depot"],
});
const weight = new Histogram({ name: "parcels_weight_grams", help: "How heavy they are." });

@Controller("parcels")
export class ParcelsController {
  private readonly prisma = new PrismaClient();

  @Post()
  async register() {
    const parcel = await this.prisma.parcel.create({ data: { grams: 500 } });
    registered.inc({ depot: process.env.PARCELS_DEPOT });
    weight.observe(parcel.grams);
    return parcel;
  }
}
