import { useState } from 'preact/hooks';
import { ApiFailure, beginSession } from './api.js';

/** Asks for the token and exchanges it for a session. The page does not keep it. */
export const TokenForm = ({ begun }: { begun: () => void }) => {
  const [fault, setFault] = useState('');
  const submit = async (field: HTMLInputElement): Promise<void> => {
    const token = field.value.trim();
    field.value = '';
    try {
      await beginSession(token);
      setFault('');
      begun();
    } catch (error) {
      const isWrong = error instanceof ApiFailure && error.status === 401;
      setFault(isWrong || !(error instanceof ApiFailure) ? 'this is not the token' : error.message);
    }
  };
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault();
        const field = event.currentTarget.querySelector('input');
        if (field !== null) void submit(field);
      }}
    >
      <label>
        Token (<code>http.api.token</code>) <input type="password" name="token" autocomplete="off" required />
      </label>
      <button type="submit">Allow changes</button>
      <span role="alert">{fault}</span>
    </form>
  );
};
