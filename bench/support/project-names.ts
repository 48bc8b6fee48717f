/** Names such as PyPI's projects have: so many different ones, of its lengths, prefixes and spellings; the same for the same seed. */
import { type Prng, seeded } from '../../test/support/prng.ts';

/** What many names begin with, as often as they stand here. */
const PREFIXES =
  'py py py python python django django flask odoo14-addon odoo16-addon aws-cdk aws azure-mgmt google-cloud types pytest pytest mkdocs sphinx sphinxcontrib jupyter airflow-provider collective nonebot-plugin llama-index langchain streamlit opentelemetry-instrumentation robotframework tensorflow torch fast my simple auto easy open data ml ai'.split(
    ' ',
  );
const WORDS =
  'account agent alert api app arg array asset async auth backup base bench binary blob board book bot box bridge build cache calc cam cart chain chart chat check cli client cloud code color config connect console core cost crawler csv dash data date db deep deploy dev diff dist dns doc drive easy edge editor email engine env event excel export face feed file filter finance flow font form frame game gen geo git graph grid hash health heat helper hook host html http image index input json kafka kernel key kit lab lang layer learn lib light line link list lite load lock log logger loop mail manager map mark mask math matrix media menu merge mesh message meta metric micro mini mock model module monitor nano net neural node note object ocr optimizer pack page parse parser path pay pdf phone pipe pixel plot plugin point pool port print proc profile project prompt proxy query queue quick random rate reader redis render report request rest robot route rpc rule run safe sample scan schema scraper script sdk search sensor server service session shell signal sim site sketch smart socket sort space spark speech spider sql stack stat stock store stream string style sync table tag task tensor term test text theme thread time tiny token tool toolkit tools track train tree type ui unit util utils vector video view vision vote watch wave web wiki word wrap xml yaml zen zip'.split(
    ' ',
  );
const ENDINGS = 'er ify io ly py x z 2 3 ng hub lab'.split(' ');
const SEPARATORS = ['-', '-', '-', '-', '_', '.', ''];

/** One more; a name that was drawn before gets a number, as people do. */
function draw(random: Prng): string {
  const separator = random.pick(SEPARATORS);
  const words = random.chance(0.25) ? [random.pick(PREFIXES)] : [];
  for (let left = random.pick([1, 1, 2, 2, 2, 3, 3, 4]); left > 0; left--) words.push(random.pick(WORDS));
  const name = words.join(separator) + (random.chance(0.15) ? random.pick(ENDINGS) : '');
  return random.chance(0.1) ? name.replace(/(?:^|[-_.])[a-z]/g, (start) => start.toUpperCase()) : name;
}

/** Display names whose normalized forms differ, `count` of them. */
export function* projectNames(count: number, seed: number): Generator<string> {
  const random = seeded(seed);
  const taken = new Set<string>();
  while (taken.size < count) {
    const drawn = draw(random);
    let name = drawn;
    // A random number, not the next one: a hundred thousand names may share a stem.
    while (taken.has(keyOf(name))) name = `${drawn}${random.pick(['', '-', '-v'])}${random.int(100_000)}`;
    taken.add(keyOf(name));
    yield name;
  }
}

function keyOf(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
