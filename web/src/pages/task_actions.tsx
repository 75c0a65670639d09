import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { cancelTask, dispatchTask, getTask, retryTask } from '../api/api';
import type { Lane, TaskDetail } from '../api/types';
import { taskHref } from '../lib/route';
import { navigate } from '../lib/use_route';
import { ActionButton, Button } from '../ui/button';
import { FormDialog } from '../ui/dialog';
import { jsonProblem, PayloadField } from '../ui/payload_field';
import { say } from '../ui/toast';

const kPriorities: Record<Lane, number> = { low: -1, normal: 0, high: 1, critical: 2 };

interface Props {
  task: TaskDetail;
  onDone: () => void;
}

function CancelDialog({ task, onDone, onClose }: Props & { onClose: () => void }): JSX.Element {
  const run = async (): Promise<void> => {
    const { status } = await cancelTask(task.agent, task.id);
    say(
      {
        cancelled: 'Cancelled.',
        requested: 'Its worker is told. If the run succeeds first, the success counts.',
      }[status] ?? `Nothing to cancel: ${status}.`,
    );
    onDone();
  };
  return (
    <FormDialog title="Cancel this task?" verb="Cancel the task" danger run={run} onClose={onClose}>
      <p>
        {task.state === 'running'
          ? 'It runs. Its worker is told to stop it; if the run succeeds first, the success counts.'
          : 'It waits, and ends at once.'}
      </p>
    </FormDialog>
  );
}

interface DuplicateProps {
  task: TaskDetail;
  text: string;
  onClose: () => void;
}

function DuplicateDialog({ task, text: original, onClose }: DuplicateProps): JSX.Element {
  const [text, setText] = useState(original);
  const run = async (): Promise<void> => {
    const receipt = await dispatchTask(task.agent, text, kPriorities[task.lane]);
    say(`Dispatched as ${receipt.id}.`);
    navigate(taskHref(task.agent, receipt.id));
  };
  return (
    <FormDialog
      title="Dispatch a copy"
      verb="Dispatch"
      run={run}
      disabled={jsonProblem(text) !== undefined}
      onClose={onClose}
    >
      <p class="soft">
        A new task of {task.agent} with an id of its own, in the lane {task.lane}.
      </p>
      <PayloadField text={text} onChange={setText} />
    </FormDialog>
  );
}

/** The payload as it is, hidden values included: only operators get here. */
async function revealedPayload(task: TaskDetail): Promise<string> {
  const { payload, payload_text } = await getTask(task.agent, task.id, { reveal: true });
  return payload_text ?? JSON.stringify(payload, null, 2);
}

export function TaskActions({ task, onDone }: Props): JSX.Element {
  const [open, setOpen] = useState<'cancel' | undefined>();
  const [copied, setCopied] = useState<string | undefined>();
  const ended = ['succeeded', 'dead', 'cancelled', 'expired'].includes(task.state);
  const retry = async (): Promise<void> => {
    await retryTask(task.agent, task.id);
    say('It waits again, with fresh retries.');
    onDone();
  };
  return (
    <>
      {task.state === 'dead' && (
        <ActionButton run={retry} kind="primary">
          Retry
        </ActionButton>
      )}
      {(task.payload !== null || task.payload_text !== null) && (
        <ActionButton run={async () => setCopied(await revealedPayload(task))}>Duplicate</ActionButton>
      )}
      {!ended && (
        <Button kind="danger" busy={task.cancel_requested} onPress={() => setOpen('cancel')}>
          {task.cancel_requested ? 'Cancelling …' : 'Cancel'}
        </Button>
      )}
      {open === 'cancel' && <CancelDialog task={task} onDone={onDone} onClose={() => setOpen(undefined)} />}
      {copied !== undefined && (
        <DuplicateDialog task={task} text={copied} onClose={() => setCopied(undefined)} />
      )}
    </>
  );
}
