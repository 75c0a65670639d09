import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { getDeadGroups, listDead, listReplays, replayLetter } from '../api/api';
import { overview } from '../api/overview_stream';
import type { DeadGroup, DeadLetter } from '../api/types';
import { formatCount, formatExactCount, plural } from '../lib/format';
import { href, letterHref, type Route } from '../lib/route';
import { useStore } from '../lib/store';
import { useLive } from '../lib/use_live';
import { usePages } from '../lib/use_pages';
import { replaceQuery } from '../lib/use_route';
import { useOperator } from '../lib/use_session';
import { Badge, type Tone } from '../ui/badge';
import { ActionButton, Button } from '../ui/button';
import { Card } from '../ui/card';
import { Empty } from '../ui/empty';
import { PageHead } from '../ui/head';
import { Loaded } from '../ui/loaded';
import { Pager } from '../ui/pager';
import { Table, type Column } from '../ui/table';
import { Line } from '../ui/text';
import { When } from '../ui/time';
import { say } from '../ui/toast';
import { PurgeDialog } from './purge_dialog';
import { ReplayDialog } from './replay_dialog';
import { ReplayProgress } from './replay_progress';

const kPageSize = 50;
const kEveryMs = 5_000;

export const kLetterTones: Record<DeadLetter['state'], Tone> = {
  open: 'bad',
  replayed: 'good',
  forgotten: 'quiet',
  malformed: 'warn',
};

/** Whether a letter can be brought back. */
export const canReplay = (letter: DeadLetter): boolean =>
  letter.state === 'open' || letter.state === 'forgotten';

function groupColumns(onReplay: ((group: DeadGroup) => void) | undefined): readonly Column<DeadGroup>[] {
  const columns: Column<DeadGroup>[] = [
    {
      title: 'Error',
      kind: 'wide',
      cell: group => <Line text={group.error || group.pattern || 'no error text'} />,
    },
    { title: 'Reason', cell: group => <Line text={group.reason} /> },
    { title: 'Letters', align: 'right', cell: group => formatCount(group.count) },
    { title: 'Open', align: 'right', cell: group => formatCount(group.open) },
    { title: 'First', align: 'right', cell: group => <When at={group.first_at} /> },
    { title: 'Last', align: 'right', cell: group => <When at={group.last_at} /> },
  ];
  if (onReplay)
    columns.push({
      title: 'Action',
      hidden: true,
      align: 'right',
      cell: group => (
        <Button small disabled={group.open === 0} onPress={() => onReplay(group)}>
          Replay group
        </Button>
      ),
    });
  return columns;
}

function letterColumns(agent: string, operator: boolean, onDone: () => void): readonly Column<DeadLetter>[] {
  const columns: Column<DeadLetter>[] = [
    {
      title: 'Task',
      kind: 'id',
      cell: letter => (
        <a href={letterHref(agent, letter.letter)}>
          <Line text={letter.id || 'no id'} />
        </a>
      ),
    },
    { title: 'State', cell: letter => <Badge tone={kLetterTones[letter.state]}>{letter.state}</Badge> },
    { title: 'Reason', cell: letter => <Line text={letter.reason} /> },
    { title: 'Error', kind: 'wide', cell: letter => <Line text={letter.error} /> },
    { title: 'Attempts', align: 'right', cell: letter => letter.attempts },
    { title: 'Failed', align: 'right', cell: letter => <When at={letter.failed_at} /> },
  ];
  if (operator)
    columns.push({
      title: 'Action',
      hidden: true,
      align: 'right',
      cell: letter =>
        canReplay(letter) && (
          <ActionButton small run={() => replayOne(agent, letter.letter, onDone)}>
            Replay
          </ActionButton>
        ),
    });
  return columns;
}

async function replayOne(agent: string, letter: string, onDone: () => void): Promise<void> {
  await replayLetter(agent, letter);
  say('It waits again, with fresh retries.');
  onDone();
}

function Groups({ agent, onStarted }: { agent: string; onStarted: (replay: string) => void }): JSX.Element {
  const operator = useOperator();
  const live = useLive(`groups ${agent}`, signal => getDeadGroups(agent, signal), kEveryMs);
  const [chosen, setChosen] = useState<DeadGroup | undefined>();
  return (
    <Loaded live={live}>
      {({ groups, looked_at, all }) => (
        <Card
          title="By error"
          note={all ? plural(looked_at, 'letter') : `the newest ${formatExactCount(looked_at)} letters`}
        >
          {groups.length === 0 ? (
            <Empty title="No dead letters">
              <p>
                A task ends here when no retry is left, when a handler says that no retry would help, or when
                it has taken several workers down. Nothing is to be done here.
              </p>
              <p>
                <a href={href(['tasks'], { agent })}>Tasks that wait</a>
              </p>
            </Empty>
          ) : (
            <Table
              label="Dead letters by error"
              columns={groupColumns(operator ? setChosen : undefined)}
              rows={groups}
              rowKey={group => `${group.reason} ${group.pattern}`}
            />
          )}
          {chosen && (
            <ReplayDialog
              agent={agent}
              group={chosen}
              onStarted={onStarted}
              onClose={() => setChosen(undefined)}
            />
          )}
        </Card>
      )}
    </Loaded>
  );
}

function Letters({ agent }: { agent: string }): JSX.Element | null {
  const operator = useOperator();
  const pages = usePages(agent);
  const live = useLive(
    `letters ${agent} ${pages.cursor}`,
    signal => listDead(agent, pages.cursor, kPageSize, signal),
    kEveryMs,
  );
  if (live.data?.letters.length === 0 && pages.number === 1) return null; // the groups say so
  return (
    <Loaded live={live}>
      {page => (
        <Card title="Letters" note="newest first">
          <Table
            label="Dead letters"
            columns={letterColumns(agent, operator, live.refresh)}
            rows={page.letters}
            rowKey={letter => letter.letter}
            link={letter => letterHref(agent, letter.letter)}
          />
          <Pager pages={pages} cursor={page.cursor} />
        </Card>
      )}
    </Loaded>
  );
}

function AgentChoice({ route, agent }: { route: Route; agent: string }): JSX.Element {
  const agents = useStore(overview)?.agents ?? [];
  const missing = !agents.some(info => info.agent === agent);
  return (
    <label class="row">
      <span class="soft">Agent</span>
      <select value={agent} onChange={event => replaceQuery(route, { agent: event.currentTarget.value })}>
        {missing && <option value={agent}>{agent}</option>}
        {agents.map(info => (
          <option key={info.agent} value={info.agent}>
            {info.agent} ({formatCount(info.dead_letters)})
          </option>
        ))}
      </select>
    </label>
  );
}

interface Replays {
  replays: readonly string[];
  add: (id: string) => void;
}

/** The replays to show: those that were started here, and those that go on although somebody else started them. */
function useReplays(agent: string): Replays {
  const [replays, setReplays] = useState<readonly string[]>([]);
  const live = useLive(`replays ${agent}`, signal => listReplays(signal), kEveryMs);
  const add = (...ids: string[]): void =>
    setReplays(known => {
      const unknown = ids.filter(id => !known.includes(id));
      return unknown.length === 0 ? known : [...unknown, ...known];
    });
  useEffect(() => {
    const goOn = live.data?.replays.filter(replay => replay.agent === agent && replay.state === 'running');
    add(...(goOn ?? []).map(replay => replay.id));
  }, [live.data]);
  return { replays, add };
}

function DeadOf({ route, agent }: { route: Route; agent: string }): JSX.Element {
  const operator = useOperator();
  const [asked, setAsked] = useState<'replay' | 'purge' | undefined>();
  const [round, setRound] = useState(0); // what was loaded is loaded again after a replay
  const { replays, add } = useReplays(agent);
  const again = (): void => setRound(before => before + 1);
  const close = (): void => setAsked(undefined);
  return (
    <>
      <div class="row">
        <AgentChoice route={route} agent={agent} />
        {operator && (
          <>
            <Button onPress={() => setAsked('replay')}>Replay all …</Button>
            <Button kind="danger" onPress={() => setAsked('purge')}>
              Purge …
            </Button>
          </>
        )}
      </div>
      {replays.map(id => (
        <ReplayProgress key={id} id={id} onEnd={again} />
      ))}
      <Groups key={`groups ${round}`} agent={agent} onStarted={add} />
      <Letters key={`letters ${round}`} agent={agent} />
      {asked === 'replay' && <ReplayDialog agent={agent} onStarted={add} onClose={close} />}
      {asked === 'purge' && <PurgeDialog agent={agent} onDone={again} onClose={close} />}
    </>
  );
}

export function DeadPage({ route }: { route: Route }): JSX.Element {
  const known = useStore(overview);
  const worst = known?.agents.reduce(
    (most, agent) => (most && most.dead_letters >= agent.dead_letters ? most : agent),
    known.agents[0],
  );
  const agent = route.query.get('agent') ?? worst?.agent;
  return (
    <>
      <PageHead title="Dead letters" />
      {agent ? (
        <DeadOf key={agent} route={route} agent={agent} />
      ) : known ? (
        <section class="card">
          <Empty title="No agent yet">
            <p>
              Dead letters belong to agents, and there is none. The <a href={href([])}>overview</a> says how
              to start one.
            </p>
          </Empty>
        </section>
      ) : (
        <p class="loading">Loading …</p>
      )}
    </>
  );
}
