// The parts that sections of a device are made of.

import type { ComponentChildren } from 'preact';

/** A section with the number of what it has, or a word where it has nothing. */
export const Section = ({
  title,
  count,
  none = 'none',
  children,
}: {
  title: string;
  count: number;
  none?: string;
  children: ComponentChildren;
}) => (
  <section>
    <h2>
      {title} <small>{count}</small>
    </h2>
    {count === 0 ? <p class="note">{none}</p> : children}
  </section>
);

/** A table of texts. */
export const Rows = ({ head, rows }: { head: readonly string[]; rows: readonly (readonly string[])[] }) => (
  <table>
    <thead>
      <tr>
        {head.map((title) => (
          <th key={title} scope="col">
            {title}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map((row, index) => (
        <tr key={index}>
          {row.map((text, column) => (
            <td key={column}>{text}</td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);
