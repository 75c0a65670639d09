import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { getLetter, replayLetter } from '../api/api';
import type { DeadLetter } from '../api/types';
import { href, taskHref } from '../lib/route';
import { useLive } from '../lib/use_live';
import { navigate } from '../lib/use_route';
import { useOperator } from '../lib/use_session';
import { visible } from '../lib/visible';
import { Badge } from '../ui/badge';
import { ActionButton } from '../ui/button';
import { Card } from '../ui/card';
import { FormDialog } from '../ui/dialog';
import { PageHead } from '../ui/head';
import { JsonView } from '../ui/json';
import { Elsewhere, Loaded } from '../ui/loaded';
import { jsonProblem, PayloadField } from '../ui/payload_field';
import { Prose } from '../ui/text';
import { When } from '../ui/time';
import { say } from '../ui/toast';
import { canReplay, kLetterTones } from './dead';

const kEveryMs = 10_000;

interface EditProps {
  agent: string;
  letter: DeadLetter;
  text: string;
  onClose: () => void;
}

function EditDialog({ agent, letter, text: original, onClose }: EditProps): JSX.Element {
  const [text, setText] = useState(original);
  const run = async (): Promise<void> => {
    await replayLetter(agent, letter.letter, text);
    say('It waits again, with the new payload and fresh retries.');
    navigate(taskHref(agent, letter.id));
  };
  return (
    <FormDialog
      title="Edit and replay"
      verb="Replay"
      run={run}
      disabled={jsonProblem(text) !== undefined}
      onClose={onClose}
    >
      <p class="soft">The task goes back to its lane with this payload. The letter keeps the old one.</p>
      <PayloadField text={text} onChange={setText} />
    </FormDialog>
  );
}

function LetterActions({ agent, letter }: { agent: string; letter: DeadLetter }): JSX.Element {
  const [edited, setEdited] = useState<string | undefined>();
  const replay = async (): Promise<void> => {
    await replayLetter(agent, letter.letter);
    say('It waits again, with fresh retries.');
    navigate(taskHref(agent, letter.id));
  };
  // With what the redaction rules hide: it is to be sent again.
  const edit = async (): Promise<void> => {
    const whole = await getLetter(agent, letter.letter, { reveal: true });
    setEdited(whole.payload_text ?? JSON.stringify(whole.payload, null, 2));
  };
  return (
    <>
      <ActionButton run={edit}>Edit and replay …</ActionButton>
      <ActionButton run={replay} kind="primary">
        Replay
      </ActionButton>
      {edited !== undefined && (
        <EditDialog agent={agent} letter={letter} text={edited} onClose={() => setEdited(undefined)} />
      )}
    </>
  );
}

function Facts({ agent, letter }: { agent: string; letter: DeadLetter }): JSX.Element {
  return (
    <dl class="facts">
      <dt>Task</dt>
      <dd>
        {letter.id ? (
          <a href={taskHref(agent, letter.id)}>
            <Prose text={letter.id} />
          </a>
        ) : (
          'none: it was no task'
        )}
      </dd>
      <dt>Reason</dt>
      <dd>
        <Prose text={letter.reason ?? 'unknown'} />
      </dd>
      <dt>Attempts</dt>
      <dd>{letter.attempts}</dd>
      <dt>Failed</dt>
      <dd>
        <When at={letter.failed_at} />
      </dd>
      <dt>Letter</dt>
      <dd class="mono">
        <Prose text={letter.letter} />
      </dd>
    </dl>
  );
}

export function LetterPage({ agent, letter: id }: { agent: string; letter: string }): JSX.Element {
  const live = useLive(`letter ${agent} ${id}`, signal => getLetter(agent, id, { signal }), kEveryMs);
  const operator = useOperator();
  const letter = live.data;
  return (
    <>
      <PageHead
        title={letter?.id || id}
        crumb={
          <>
            <a href={href(['dead'], { agent })}>Dead letters</a> of {agent}
          </>
        }
        badges={letter && <Badge tone={kLetterTones[letter.state]}>{letter.state}</Badge>}
        actions={operator && letter && canReplay(letter) && <LetterActions agent={agent} letter={letter} />}
      />
      <Loaded
        live={live}
        missing={<Elsewhere address={href(['dead'], { agent })} title={`All dead letters of ${agent}`} />}
      >
        {shown => (
          <div class="columns">
            <div class="stack">
              <Card title="Error" padded>
                <pre class="untrusted error-text">{visible(shown.error ?? 'no error text')}</pre>
              </Card>
              <Card title="Facts" padded>
                <Facts agent={agent} letter={shown} />
              </Card>
            </div>
            <Card title="Payload" padded>
              <JsonView label="Payload" value={shown.payload} text={shown.payload_text} />
            </Card>
          </div>
        )}
      </Loaded>
    </>
  );
}
