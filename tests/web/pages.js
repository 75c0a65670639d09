// Every page: where it is, what tells that it is there, and what its picture is called.
const row = name => page => page.getByRole('row', { name }).first();
const text = words => page => page.getByText(words).first();

export const kPages = [
  {
    name: 'overview',
    at: '',
    shows: [
      row(/^mail/),
      text('No live worker serves invoices'),
      text('thumbnails is paused'),
      text(/[1-9]\/s/),
    ],
  },
  {
    name: 'agent',
    at: 'agents/mail',
    shows: [text('Throughput'), row(/critical/), row(/worker-1 on/)],
    charts: 3,
  },
  {
    name: 'tasks',
    at: 'tasks?agent=mail&state=succeeded',
    shows: [row(/welcome-1/), row(/flaky-1/)],
  },
  {
    name: 'task',
    at: 'tasks/mail/flaky-1',
    shows: [text('Attempt 2 failed'), text('Attempt 3 succeeded')],
  },
  { name: 'running', at: 'tasks/mail/long-1', shows: [text('Attempt 1 runs')] },
  {
    name: 'scheduled',
    at: 'tasks/mail/later-1',
    shows: [text('It is scheduled for')],
  },
  {
    name: 'unserved',
    at: 'tasks/invoices/invoice-1',
    shows: [text('No live worker serves invoices')],
  },
  {
    name: 'paused',
    at: 'tasks/thumbnails/picture-1',
    shows: [text('The agent thumbnails is paused')],
  },
  {
    name: 'dead',
    at: 'dead?agent=mail',
    shows: [row(/550 mailbox \d+ is full/), row(/bounced-1/)],
  },
  {
    name: 'letter',
    at: 'dead/mail/bounced-1',
    shows: [text('550 mailbox 17 is full'), text('Facts')],
  },
  {
    name: 'workers',
    at: 'workers',
    shows: [row(/worker-1 on/), text('long-1')],
  },
  { name: 'pending', at: 'pending', shows: [text('renewed')] },
  {
    name: 'redis',
    at: 'redis',
    shows: [text('Append-only file'), text('eviction')],
  },
  {
    name: 'found',
    at: 'search?id=welcome-1',
    shows: [row(/welcome-1/), text('succeeded')],
  },
  {
    name: 'nowhere',
    at: 'no/such/page/at/all',
    shows: [text('This address leads nowhere')],
  },
];
