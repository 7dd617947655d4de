import { openTestStore, withEngine } from './fixtures.ts'
import { mkdtempSync } from 'node:fs'
const d=mkdtempSync('/tmp/st/b-')
const store=await openTestStore(d); await store.close()
const {createHash}=await import('node:crypto'); const id=createHash('sha256').update('7').digest('hex')
const {eventCondition}=await import('#collector/store/filters.ts')
const {eventColumns}=await import('#collector/store/event-rows.ts')
const {select}=await import('#collector/store/select.ts')
const {readEvents}=await import('#collector/store/timeline.ts')
await withEngine(d, async client=>{
 for(let i=0;i<4;i++) await client.command({query:`INSERT INTO events (receive_day,kind,time_us,boot_ns,source,container_id,agent,node,boot,epoch,seq,pid,start_ns,exe,argv) SELECT today(), if(number%2,'exec','exit'), 1795428000000000+(${i}*500000+number)*1000, number, 'ebpf', lower(hex(SHA256(toString(rand()%2000)))) , 'a','node-'||toString(rand()%2000%20),'b',1,${i}*500000+number, number%100000, number, '/usr/bin/t'||toString(number%100), 'x\\0'||toString(number)||'\\0' FROM numbers(500000) SETTINGS async_insert=0`})
 await client.command({query:'OPTIMIZE TABLE events FINAL'})
 const time=async(n:string,f:()=>Promise<any>)=>{const ts=[];let r;for(let i=0;i<5;i++){const p=performance.now(); r=await f(); ts.push((performance.now()-p).toFixed(0))} console.log(n,ts.join(' '),r.events?.length??r.length)}
 const c=eventCondition({container:id,limit:1}), simple=`container_id='${id}'`
 const cols=eventColumns.filter(x=>x!=='receive_day').join(',')
 const o='ORDER BY time_us, boot_ns, agent, epoch, seq'
 await time('1col simple',()=>select(client,'x',`SELECT seq FROM events WHERE ${simple} ${o} LIMIT 1001`))
 await time('1col cond',()=>select(client,'x',`SELECT seq FROM events WHERE ${c} ${o} LIMIT 1001`))
 await time('all simple',()=>select(client,'x',`SELECT ${cols} FROM events WHERE ${simple} ${o} LIMIT 1001`))
 await time('all simple nolazy',()=>select(client,'x',`SELECT ${cols} FROM events WHERE ${simple} ${o} LIMIT 1001 SETTINGS query_plan_optimize_lazy_materialization=0 --`.replace(' --',', ')).catch(e=>[e.message]))
 await time('all cond',()=>select(client,'x',`SELECT ${cols} FROM events WHERE ${c} ${o} LIMIT 1001`))
 await time('readEvents',()=>readEvents(client,{container:id,limit:1000}))
 const q=async(set:string)=>{const r=await client.query({query:`SELECT ${cols} FROM events WHERE ${c} ${o} LIMIT 1001 SETTINGS max_threads=2 ${set}`,format:'JSONCompactEachRow'}); return (await r.json()) as any[]}
 await time('plain',()=>q('')); await time('nolazy',()=>q(', query_plan_optimize_lazy_materialization=0')); await time('1thread',()=>q(', query_plan_optimize_lazy_materialization=0, max_threads=1'));await time('notopk',()=>q(', use_top_k_dynamic_filtering=0'))
 await time('mmap',()=>q(", query_plan_optimize_lazy_materialization=0, local_filesystem_read_method='pread'"))
})
