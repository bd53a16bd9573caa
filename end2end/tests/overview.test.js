// /p/{project}: what a new project says, and where things stand.
import { home } from '../support/places.js';
import { scene } from '../support/scene.js';
import { login, stolen } from '../support/seed.js';

const { both } = scene({ mail: false });

both('a project without events shows how to send one, and notices it', async ({ page, visit, project, mode }) => {
  await visit(project.path(''));
  await page.getByRole('heading', { name: 'Send the first event' }).waitFor();
  await project.api.post('/events', login(home, 's-1'));
  if (mode.javaScriptEnabled) await page.getByText('The first event has arrived.').waitFor();
  else await page.getByRole('link', { name: 'Look again' }).click();
  if (mode.javaScriptEnabled) await page.getByRole('link', { name: 'go to the overview' }).click();
  await page.getByRole('heading', { name: 'Unusual events' }).waitFor();
  await page.getByText('Nothing waits.').waitFor();
});

both('what waits is on the overview', async ({ page, visit, project }) => {
  await stolen(project);
  await visit(project.path(''));
  await page.getByRole('table', { name: 'Open alerts' }).getByText('Eve Smith logged in from Brazil').waitFor();
  await page.getByText('1 high-risk event').first().waitFor();
  await page.getByRole('table', { name: 'Unusual events' }).getByText('Brazil is a new country').waitFor();
  await page.getByRole('link', { name: /^Review 1 alert/ }).click();
  await page.getByRole('heading', { name: 'Alerts', exact: true }).waitFor();
});
