export default function Page() {
  return <h1>Studio</h1>;
}
