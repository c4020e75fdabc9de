const url = process.env.FEED_URL;

async function run() {
  const response = await fetch(url);
  const { items } = await response.json();
  for (const item of items) {
    console.log(`${item.date}\t${item.title}`);
  }
}

run().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
