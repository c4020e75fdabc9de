export function GET() {
  return Response.json({ status: "ok", release: process.env.RELEASE ?? "unknown" });
}
